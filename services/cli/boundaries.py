"""`lapor boundaries`: polygons of regions, by which coordinates are told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from routing_service.competence.boundaries import geojson, service
from routing_service.competence.boundaries.schemas import Imported, SetDetail, SetParams, SetView
from services.cli import rules
from services.cli.consoles import errors, output
from services.progress import LongWork
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions

app = typer.Typer(help="Polygons of regions, by which coordinates are told.", no_args_is_help=True)

SHOWN = 10

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[int, typer.Argument(help="The set's number; `lapor boundaries list` shows them.")]


@app.callback()
def boundaries() -> None:
    """Polygons of regions, by which coordinates are told."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A GeoJSON FeatureCollection, WGS 84, regions of one level.")],
    name: Annotated[str | None, typer.Option(help="What the set is called; default: the file's name.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the polygons come from.")] = None,
    code_property: Annotated[
        str | None,
        typer.Option(
            help=f"The property with the region's code; default: {', '.join(geojson.CODE_PROPERTIES[:3])} ..."
        ),
    ] = None,
    activate: Annotated[bool, typer.Option(help="Put the set in force at once.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be imported.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import polygons. Invalid ones are repaired; a feature that is wrong refuses the file, and nothing is written."""
    document = _read(file)

    async def work(sessions: Sessions) -> Imported:
        with _progress() as steps:
            async with sessions.begin() as session:
                return await service.import_set(
                    session, document, name=name or file.stem, source=source or file.name,
                    actor=rules.operator().actor, now=utc_now(), code_property=code_property, activate=activate,
                    dry_run=dry_run, steps=steps,
                )  # fmt: skip

    _show(rules.run(work), as_json=as_json)


def _read(file: Path) -> Any:
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    try:
        return json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{file} is no JSON: {error}") from None


@contextmanager
def _progress() -> Iterator[service.Steps]:
    """A bar for each step."""
    with LongWork(errors) as bar:

        def steps(name: str) -> geojson.Progress:
            task = bar.add_task(name, total=None)

            def progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            return progress

        yield steps


def _show(imported: Imported, *, as_json: bool) -> None:
    if as_json:
        typer.echo(imported.model_dump_json())
        return
    verb = "would be imported" if imported.dry_run else f"are set {imported.id} now"
    state = "in force" if imported.active else "not in force"
    output.print(f"{imported.regions} polygons ({imported.level}) {verb}, {state}.", highlight=False)
    if imported.missing:
        output.print(f"{imported.missing} regions of {imported.area or 'the country'} have none.", highlight=False)
    if imported.replaces:
        said = ", ".join(map(str, imported.replaces))
        output.print(f"In the place of: {said}.", highlight=False)
    for repair in imported.repairs[:SHOWN]:
        output.print(f"repaired {repair.region}: {repair.fault}", highlight=False)
    if len(imported.repairs) > SHOWN:
        output.print(f"... {len(imported.repairs)} repaired in all; --json tells them.", highlight=False)
    if imported.overlaps:
        table = Table("counted to", "claimed by", "hectares")
        for one in imported.largest_overlaps[:SHOWN]:
            table.add_row(one.winner, one.loser, f"{one.square_metres / 10_000:,.1f}")
        output.print(f"{imported.overlaps} pairs overlap, the largest:", highlight=False)
        output.print(table)


@app.command("list")
def list_sets(as_json: AsJson = False) -> None:
    """Show the imported sets, the newest first."""

    async def work(sessions: Sessions) -> list[SetView]:
        async with sessions() as session:
            return (await service.page_of_boundary_sets(session, SetParams(limit=200))).items

    sets = rules.run(work)
    if as_json:
        typer.echo("[" + ",".join(one.model_dump_json() for one in sets) + "]")
        return
    table = Table("id", "in force", "level", "area", "regions", "missing", "repaired", "overlaps", "name")
    for one in sets:
        counts = map(str, (one.regions, one.missing, one.repaired, one.overlaps))
        table.add_row(str(one.id), "yes" if one.active else "", one.level, one.area or "", *counts, one.name)
    output.print(table)


@app.command()
def show(id: Id) -> None:
    """Print a set with its repairs, its largest overlaps and when it was in force, as JSON."""

    async def work(sessions: Sessions) -> SetDetail:
        async with sessions() as session:
            return await service.get_boundary_set(session, id)

    typer.echo(rules.run(work).model_dump_json(indent=2))


@app.command()
def activate(id: Id, as_json: AsJson = False) -> None:
    """Put a set in force, or back in force; active sets of the same regions go out of it."""
    _switch(id, active=True, as_json=as_json)


@app.command()
def deactivate(id: Id, as_json: AsJson = False) -> None:
    """Take a set out of force."""
    _switch(id, active=False, as_json=as_json)


def _switch(id: int, *, active: bool, as_json: bool) -> None:
    async def work(sessions: Sessions) -> SetDetail:
        change = service.activate_boundary_set if active else service.deactivate
        async with sessions.begin() as session:
            return await change(session, id, actor=rules.operator().actor, now=utc_now())

    changed = rules.run(work)
    if as_json:
        typer.echo(changed.model_dump_json())
    else:
        state = "in force" if changed.active else "out of force"
        output.print(f"Set {changed.id} ({changed.name}) is {state}.", highlight=False)
