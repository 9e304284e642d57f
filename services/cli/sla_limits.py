"""`lapor sla limits`: what agencies have decided themselves, many at once."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.cli import rules
from services.cli.consoles import output
from services.cli.sla_calendar import AsJson
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from sla_monitor.agency_limits import files, service
from sla_monitor.agency_limits.schemas import LimitView
from sla_monitor.reference.service import References

app = typer.Typer(help="Local limits of agencies, as a list and from a file.", no_args_is_help=True)


@app.callback()
def limits() -> None:
    """Local limits of agencies, as a list and from a file."""


@app.command("list")
def list_limits(as_json: AsJson = False) -> None:
    """Show the limits that agencies have set themselves."""

    async def work(sessions: Sessions) -> list[LimitView]:
        async with sessions() as session:
            return (await service.everywhere(session)).items

    found = rules.run(work)
    if as_json:
        typer.echo("[" + ",".join(one.model_dump_json() for one in found) + "]")
        return
    table = Table("agency", "stage", "days", "legal basis", "set by")
    for one in found:
        table.add_row(one.agency, one.stage, str(one.days), one.legal_basis or "-", one.changed_by)
    output.print(table if found else "No agency has a limit of its own.")


@app.command("import")
def import_limits(
    file: Annotated[Path, typer.Argument(help=f"A CSV or XLSX file with the columns {', '.join(files.COLUMNS)}.")],
) -> None:
    """Set what a file says: all of it, or nothing and a list of its mistakes. 0 days withdraw a limit."""
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    content = file.read_bytes()

    async def work(sessions: Sessions) -> int:
        lines = files.read_limits(content)
        async with sessions.begin() as session:
            asked = await service.take(session, lines, rules.operator(), References(), now=utc_now())
        for recomputation in asked:
            await rules.finished(sessions, recomputation)
        return len(lines)

    output.print(f"Limits taken: {rules.run(work)}.", highlight=False)
