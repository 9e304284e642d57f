"""How far long work has come: bars on a terminal; elsewhere, in a log or a file, a line every ten seconds."""

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.status import Status

LINE_SECONDS = 10.0
JOIN_SECONDS = 5.0


class Teller:
    """Prints what `lines` says every few seconds; in a thread, since work may keep its event loop busy."""

    def __init__(self, console: Console, lines: Callable[[], Sequence[str]], seconds: float) -> None:
        self._console = console
        self._lines = lines
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True, name="progress")

    def start(self) -> None:
        if not self._console.is_terminal:
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def _tell(self) -> None:
        while not self._ended.wait(self._seconds):
            for line in self._lines():
                self._console.print(line, highlight=False, markup=False)


class LongWork(Progress):
    """Work whose steps are counted. `add_task`, `update` and `advance` as with rich's Progress."""

    def __init__(
        self, console: Console, *columns: ProgressColumn, keep: bool = False, seconds: float = LINE_SECONDS
    ) -> None:
        before = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        after = (TimeElapsedColumn(), TimeRemainingColumn())
        super().__init__(
            *before, *columns, *after, console=console, transient=not keep, disable=not console.is_terminal
        )
        self._teller = Teller(console, self._lines, seconds)
        self._told: dict[int, tuple[str, float]] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        self._teller.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        self._teller.stop()
        super().__exit__(exc_type, exc_val, exc_tb)

    def _lines(self) -> list[str]:
        """Of the unfinished tasks that have moved since the last lines; where none has, of the latest."""
        unfinished = [task for task in self.tasks if not task.finished]
        moved = [task for task in unfinished if self._told.get(task.id) != (task.description, task.completed)]
        self._told = {task.id: (task.description, task.completed) for task in unfinished}
        return [line(task) for task in moved or unfinished[-1:]]


def line(task: Task) -> str:
    seconds = f"{task.elapsed or 0:.0f}"
    if task.total is None and not task.completed:
        return f"{task.description}: {seconds} s"
    total = "?" if task.total is None else f"{task.total:,.0f}"
    return f"{task.description}: {task.completed:,.0f} of {total}, {seconds} s"


class Waiting(Status):
    """Work that cannot say how far it is, only what it does."""

    def __init__(self, what: RenderableType, *, console: Console, seconds: float = LINE_SECONDS) -> None:
        super().__init__(what, console=console)
        self._began = time.monotonic()
        self._teller = Teller(console, lambda: [f"{self.status}: {time.monotonic() - self._began:.0f} s"], seconds)

    def start(self) -> None:
        super().start()
        self._teller.start()

    def stop(self) -> None:
        self._teller.stop()
        super().stop()
