"""`lapor sla calendar`: versions of the calendar of working days."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.speaking import called, in_words
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from sla_monitor.calendar_versions import files, service
from sla_monitor.calendar_versions.schemas import (
    Activation,
    CalendarDetail,
    CalendarDraft,
    CalendarParams,
    CalendarPreview,
    CalendarView,
)
from sla_monitor.recomputations.schemas import MovedClock, Preview, RecomputationView
from sla_monitor.reference.service import References

app = typer.Typer(help="Versions of the calendar of working days.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[int, typer.Argument(help="The version's number; `lapor sla calendar list` shows them.")]
Name = Annotated[str | None, typer.Option(help="The name of the new version.")]
Decree = Annotated[str | None, typer.Option(help="The number of the joint decree (SKB 3 Menteri).")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback()
def calendar() -> None:
    """Versions of the calendar of working days."""


@app.command("list")
def list_versions(as_json: AsJson = False) -> None:
    """Show the versions, the newest first."""

    async def work(sessions: Sessions) -> list[CalendarView]:
        async with sessions() as session:
            return (await service.page_of_calendars(session, CalendarParams(limit=200))).items

    versions = rules.run(work)
    if as_json:
        typer.echo("[" + ",".join(version.model_dump_json() for version in versions) + "]")
        return
    table = Table("id", "status", "years", "incomplete", "name")
    for one in versions:
        years = f"{one.years[0].year}-{one.years[-1].year}"
        table.add_row(str(one.id), one.status, years, ", ".join(map(str, one.incomplete_years)), one.name)
    output.print(table)


@app.command()
def show(id: Id) -> None:
    """Print a version with its days off, as JSON."""

    async def work(sessions: Sessions) -> CalendarDetail:
        async with sessions() as session:
            return await service.get_calendar(session, id)

    typer.echo(rules.run(work).model_dump_json(indent=2))


@app.command()
def load(
    years: Annotated[str, typer.Option(help="Such as 2026 or 2026-2028.")],
    name: Name = None,
    decree: Decree = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft: the active version, with the national days of these years as the `holidays` package has them."""
    first, _, last = years.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise CannotRun("Write --years as 2026 or 2026-2028.")
    span = {"first": int(first), "last": int(last or first)}
    body = rules.checked(CalendarDraft, name=name or _default_name(f"{years} loaded"), decree=decree, years=span)

    async def work(sessions: Sessions) -> CalendarDetail:
        async with sessions.begin() as session:
            return await service.draft(session, body, rules.operator())

    _show_draft(rules.run(work), as_json=as_json)


@app.command()
def amend(
    file: Annotated[Path, typer.Argument(help=f"A CSV or XLSX file with the columns {', '.join(files.COLUMNS)}.")],
    draft: Annotated[int | None, typer.Option(help="Amend this draft; else a new one, made from the active.")] = None,
    name: Name = None,
    decree: Decree = None,
    as_json: AsJson = False,
) -> None:
    """Add and remove days off by a CSV file, in a draft. `action` is add (also if it is not there) or remove."""
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    content = file.read_bytes()
    body = rules.checked(CalendarDraft, name=name or _default_name(file.stem), decree=decree)

    async def work(sessions: Sessions) -> CalendarDetail:
        changes, places = files.read_days(content)
        async with sessions.begin() as session:
            id = draft or (await service.draft(session, body, rules.operator())).id
            return await service.amend(session, id, changes, places=places)

    _show_draft(rules.run(work), as_json=as_json)


def _default_name(what: str) -> str:
    return f"{what}, {utc_now():%Y-%m-%d %H:%M:%S}"


def _show_draft(made: CalendarDetail, *, as_json: bool) -> None:
    if as_json:
        typer.echo(made.model_dump_json())
        return
    output.print(f"The draft {made.id} ({made.name}) has {len(made.days)} days off.", highlight=False)
    warn_incomplete(made.incomplete_years)
    output.print(f"Next: {called()} sla calendar preview {made.id}", highlight=False)


def warn_incomplete(years: list[int]) -> None:
    if years:
        said = ", ".join(map(str, years))
        errors.print(
            f"Without cuti bersama, or with feasts that are only estimated: {said}; deadlines there may still move.",
            highlight=False,
        )


@app.command()
def preview(
    id: Id,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many of the clocks are listed.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show which open clocks this version would move, by how much, and which would become or cease to be late."""

    async def work(sessions: Sessions) -> CalendarPreview:
        with errors.status("Computing"):
            async with sessions() as session:
                return await service.preview_calendar(session, id, References(), now=utc_now(), limit=limit)

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    show_preview(found)
    warn_incomplete(found.incomplete_years)


def show_preview(found: Preview) -> None:
    if found.items:
        table = Table("report", "stage", "due", "would be due", "days", "becomes")
        for item in found.items:
            table.add_row(*_cells(item))
        output.print(table)
    if found.truncated:
        output.print(f"... and {found.moved - len(found.items)} more.", highlight=False)
    output.print(
        f"{found.moved} clocks would move ({found.later} later, {found.earlier} earlier): {found.become_late} become "
        f"late, {found.cease_to_be_late} cease to be late. {found.refused} reports could not be computed.",
        highlight=False,
    )


def _cells(item: MovedClock) -> tuple[str, ...]:
    old, new = (f"{at:%Y-%m-%d}" if at else "-" for at in (item.old_due_at, item.new_due_at))
    days = "" if item.days is None else f"{item.days:+d}"
    return item.tracking_number, item.stage, old, new, days, (item.becomes or "").replace("_", " ")


@app.command()
def activate(id: Id, yes: Yes = False, as_json: AsJson = False) -> None:
    """Preview a draft, put it in force, and compute the open clocks anew."""

    async def look(sessions: Sessions) -> CalendarPreview:
        with errors.status("Computing"):
            async with sessions() as session:
                return await service.preview_calendar(session, id, References(), now=utc_now(), limit=10)

    found = rules.run(look)
    if not as_json:
        show_preview(found)
    if not yes and not as_json:
        typer.confirm(in_words("Activate it?"), abort=True)

    async def work(sessions: Sessions) -> RecomputationView:
        async with sessions.begin() as session:
            body = Activation(replaces=found.replaces)
            done = await service.activate_calendar(session, id, body, rules.operator(), now=utc_now())
        return await rules.finished(sessions, done.recomputation.id)

    show_recomputation(rules.run(work), as_json=as_json)


def show_recomputation(done: RecomputationView, *, as_json: bool) -> None:
    if as_json:
        typer.echo(done.model_dump_json())
        return
    refused = f"; {done.refused} could not be computed, the log names them" if done.refused else ""
    output.print(f"{done.done} reports computed anew, {done.moved} clocks moved{refused}.", highlight=False)
