"""`lapor sla mail`, `lapor sla reprimand` and `lapor sla package`: what reaches people."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from shared.clients import Client, Role, Scope
from shared.clock import utc_now
from shared.database import Sessions
from sla_monitor.notifications import service as notifications
from sla_monitor.ombudsman import service as ombudsman
from sla_monitor.ombudsman.service import Package
from sla_monitor.reference.service import References
from sla_monitor.reprimands import service as reprimands
from sla_monitor.reprimands.schemas import ReprimandRequest, ReprimandView

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="YYYY-MM-DD.")]


def mail(
    resend: Annotated[bool, typer.Option("--resend", help="Try again what was refused to the end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how many mails to officers wait, and how many were refused to the end (parked)."""

    async def work(sessions: Sessions) -> dict[str, int]:
        async with sessions.begin() as session:
            resent = await notifications.resend_parked(session) if resend else 0
            return {**await notifications.waiting(session), "resent": resent}

    found = rules.run(work)
    if as_json:
        output.print_json(data=found)
        return
    table = Table("mails", "count")
    for state, count in found.items():
        table.add_row(state, str(count))
    output.print(table)


def reprimand(
    agency: Annotated[str, typer.Argument(help="An instansi: the root of a tree of agencies.")],
    first_day: Day,
    last_day: Day,
    as_json: AsJson = False,
) -> None:
    """Compile what a region is reprimanded for in a period; once, later calls show the same."""
    asked = rules.checked(ReprimandRequest, agency=agency, first_day=first_day.date(), last_day=last_day.date())

    async def work(sessions: Sessions) -> ReprimandView:
        async with sessions.begin() as session:
            return (await reprimands.compile_one(session, asked, rules.operator(), now=utc_now())).reprimand

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    table = Table("tracking number", "agency", "due", "answered", title=f"{found.agency.name}: {found.id}")
    for case in found.cases:
        answered = "-" if case.answered_at is None else case.answered_at.date().isoformat()
        table.add_row(case.tracking_number, case.agency, case.due_at.isoformat(), answered)
    output.print(table)


def package(
    report: Annotated[str, typer.Argument(help="Its tracking number or id.")],
    folder: Annotated[Path, typer.Option("--to", help="Where to write the ZIP.")] = Path("."),
) -> None:
    """Write the package for the Ombudsman; only with the reporter's consent."""
    caller = Client(rules.operator().sub, Role.NATIONAL_ADMIN, scopes=frozenset({Scope.SECRET.value}))

    async def work(sessions: Sessions) -> Package:
        async with sessions() as session:
            return await ombudsman.make_package(session, report, caller, References(), now=utc_now())

    made = rules.run(work)
    path = folder / made.name
    path.write_bytes(made.content)
    errors.print(f"Written to {path}.", markup=False, highlight=False)
