"""What the demo shows in the terminal: bars while it works, tables at the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from services.demo.delivery import Outbox
from services.demo.replay import Tally, Watcher
from shared.lifecycle import LABELS, Status

SHOWN_OVERDUE = 25


class RowsPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


def progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RowsPerSecond(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


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


def whereabouts(reports: Sequence[Mapping[str, Any]]) -> Table:
    """How many reports each holder has, by status."""
    counts = Counter((_holder(report), str(report["status"])) for report in reports)
    present = [status for status in Status if any(found == status.value for _, found in counts)]
    table = Table(title="Where the reports are")
    table.add_column("agency")
    for status in present:
        table.add_column(f"{status.value}\n{LABELS[status][0]}", justify="right")
    for agency in sorted({agency for agency, _ in counts}):
        table.add_row(agency, *(str(counts[agency, status.value] or "") for status in present))
    table.add_section()
    sums = [sum(n for (_, found), n in counts.items() if found == status.value) for status in present]
    table.add_row(f"{len(reports)} reports", *(str(total) for total in sums))
    return table


def _holder(report: Mapping[str, Any]) -> str:
    holder = report["holder"]
    if holder["agency"] is None:
        return f"({holder['level']})"
    return str(holder["agency"]) + (" (coordinator)" if holder["level"] == "coordinator" else "")


def overdue(items: Sequence[Mapping[str, Any]], *, title: str) -> Table:
    table = Table(title=title)
    for column in ("tracking number", "stage", "agency", "due at", "level"):
        table.add_column(column)
    for item in items[:SHOWN_OVERDUE]:
        due_at = str(item["due_at"])[:16].replace("T", " ")
        number, agency = str(item["tracking_number"]), str(item["agency"] or "")
        table.add_row(number, str(item["stage"]), agency, due_at, str(item["level"]))
    if len(items) > SHOWN_OVERDUE:
        table.caption = f"and {len(items) - SHOWN_OVERDUE} more"
    return table


def tally(result: Tally, *, source: str) -> Table:
    table = Table(title=f"Historical import of {source}", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in result.as_json().items():
        if name != "refusals":
            shown = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
            table.add_row(name.replace("_", " "), shown)
    return table
