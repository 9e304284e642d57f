"""`lapor sla explain`: why the deadlines of a report are what they are."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from services.cli import rules
from services.cli.consoles import output
from services.trouble import CannotRun
from shared.clients import Client, Role
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain import dates
from shared.domain.wording import Language, say
from sla_monitor import wording
from sla_monitor.clocks import service
from sla_monitor.clocks.schemas import ClockList, ClocksParams, ClockView, StepState, UncountedDay
from sla_monitor.reference.service import References

_READER = Client("lapor", Role.SERVICE)  # whoever can reach the database sees all that is in it
_MARKS = {StepState.DONE: "x", StepState.DUE: "!", StepState.AHEAD: " "}


def explain(
    tracking: Annotated[str, typer.Argument(help="The tracking number or id of a report.")],
    language: Annotated[Language, typer.Option(help="Of the sentences.")] = Language.ID,
    as_of: Annotated[str | None, typer.Option(help="As it was known then, such as 2026-03-09T16:00:00Z.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Every clock of a report: why it is due when it is, each day that did not count, each step of its ladder."""
    instant = None if as_of is None else _instant(as_of)

    async def read(sessions: Sessions) -> ClockList:
        async with sessions() as session:
            page = ClocksParams(limit=200, as_of=instant)
            references, now = References(), utc_now()
            found = await service.of_report(session, tracking, _READER, references, page, language=language, now=now)
            while found.next_cursor is not None:
                page = page.model_copy(update={"cursor": found.next_cursor})
                older = await service.of_report(
                    session, tracking, _READER, references, page, language=language, now=now
                )
                found = older.model_copy(update={"items": [*older.items, *found.items]})
            return found

    found = rules.run(read)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for clock in found.items:
        _show(clock, language)
    if not found.items:
        output.print(say(("Belum ada tenggat.", "There is no deadline yet."), language))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise CannotRun(f"{text} is no instant with a time zone: write it as 2026-03-09T16:00:00Z.")
    return instant


def _show(clock: ClockView, language: Language) -> None:
    output.print(clock.explanation, markup=False, highlight=False)
    for step in clock.steps:
        output.print(f"  [{_MARKS[step.state]}] {step.text}", markup=False, highlight=False)
    if clock.uncounted_days:
        table = Table(show_header=False, box=None, padding=(0, 2), pad_edge=True)
        for day in clock.uncounted_days:
            reason = say(wording.REASONS[day.reason], language)
            table.add_row("", dates.day(day.date, language), reason, _name(day, language))
        output.print(table)
    output.print()


def _name(day: UncountedDay, language: Language) -> str:
    return "" if day.name is None else day.name.said(language)
