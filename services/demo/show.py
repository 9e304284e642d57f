"""What the demo shows in the terminal: bars while it works, tables at the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task, TaskID
from rich.table import Table
from rich.text import Text

from services.demo.delivery import Outbox
from services.demo.replay import Tally, Watcher
from services.progress import LongWork
from shared.domain.lifecycle import LABELS, Status

SHOWN_OVERDUE = 25


class RowsPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


def progress(console: Console) -> Progress:
    return LongWork(console, RowsPerSecond(), keep=True)


class Bars(Watcher):
    """A bar for each phase, and one for what is still to be delivered."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._phase: TaskID | None = None
        self._delivery: TaskID | None = None
        self._most_waiting = 0

    def phase(self, name: str, total: int) -> None:
        self._phase = self._bars.add_task(name, total=total)

    def advance(self) -> None:
        if self._phase is not None:
            self._bars.advance(self._phase)

    def delivered(self, state: Outbox) -> None:
        if self._delivery is None:
            self._delivery = self._bars.add_task("delivering", total=state.waiting)
        self._most_waiting = max(self._most_waiting, state.waiting)
        self._bars.update(self._delivery, total=self._most_waiting, completed=self._most_waiting - state.waiting)


def statuses(reports: Sequence[Mapping[str, Any]]) -> Table:
    counts = Counter(str(report["status"]) for report in reports)
    table = Table(title=f"{len(reports)} reports by status", box=SIMPLE_HEAD)
    for column in ("status", "label"):
        table.add_column(column)
    table.add_column("reports", justify="right")
    for status in Status:
        if counts[status.value]:
            table.add_row(status.value, LABELS[status][0], str(counts[status.value]))
    return table


def whereabouts(reports: Sequence[Mapping[str, Any]]) -> Table:
    """How many reports each holder has, by status."""
    counts = Counter((_holder(report), str(report["status"])) for report in reports)
    table = Table(title="Where they are", box=SIMPLE_HEAD)
    table.add_column("held by", overflow="fold")
    table.add_column("reports", justify="right")
    table.add_column("status", overflow="fold")
    for holder in sorted({holder for holder, _ in counts}):
        held = {status.value: counts[holder, status.value] for status in Status if counts[holder, status.value]}
        in_words = ", ".join(f"{count} {status}" for status, count in held.items())
        table.add_row(holder, str(sum(held.values())), in_words)
    return table


def _holder(report: Mapping[str, Any]) -> str:
    holder = report["holder"]
    if holder["agency"] is None:
        return f"({holder['level']})"
    return str(holder["agency"]) + (" (coordinator)" if holder["level"] == "coordinator" else "")


def overdue(items: Sequence[Mapping[str, Any]], *, all_clocks: int) -> Table:
    """`items` are those of this demo, longest overdue first; `all_clocks` counts everybody's."""
    table = Table(title=f"Overdue: {len(items)} clocks of these reports, {all_clocks} in all", box=SIMPLE_HEAD)
    for column in ("report", "clock", "agency", "last day", "level"):
        table.add_column(column, overflow="fold")
    for item in items[:SHOWN_OVERDUE]:
        clock = str(item["stage"]), str(item["agency"] or "(national)"), str(item["due_on"]), str(item["level"])
        table.add_row(str(item["tracking_number"]), *clock)
    if len(items) > SHOWN_OVERDUE:
        table.caption = f"and {len(items) - SHOWN_OVERDUE} more"
    return table


def tally(result: Tally, *, source: str) -> Table:
    table = Table(title=f"Historical import of {source}", show_header=False, box=SIMPLE_HEAD)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in result.as_json().items():
        if name != "refusals":
            shown = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
            table.add_row(name.replace("_", " "), shown)
    return table
