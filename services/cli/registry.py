"""`lapor registry`: agencies, officers and categories from and to files, and what is missing among them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.health import service as gaps
from routing_service.registry.health.schemas import GapView, HealthParams, RegistryHealth
from routing_service.registry.health.sentences import GapCode
from routing_service.registry.imports import exports
from routing_service.registry.imports import service as imports
from routing_service.registry.imports.columns import ImportKind
from routing_service.registry.imports.schemas import ImportReport, MistakeView
from services.cli import rules, speaking
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from services.progress import LongWork
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.wording import Language

app = typer.Typer(help="Agencies, officers, categories: files and gaps.", no_args_is_help=True)

MOST_BYTES = 64 * 1024 * 1024

InLanguage = Annotated[Language | None, typer.Option("--language", help="Of the sentences; else that of `lapor`.")]


@app.callback()
def registry() -> None:
    """Agencies, officers, categories: files and gaps."""


@app.command("import")
def import_file(
    kind: Annotated[ImportKind, typer.Argument(help="What the file has.")],
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file with a line that names the columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do, and what is wrong.")] = False,
    as_json: AsJson = False,
    language: InLanguage = None,
) -> None:
    """Add and change what a file says: all of it, or nothing and a list of its mistakes. Exit code 1: mistakes."""
    _speak(language)
    content = _content(file)

    async def work(sessions: Sessions) -> ImportReport:
        with LongWork(errors) as bar:
            task = bar.add_task("Reading", total=None)

            def progress(what: str, done: int, of: int) -> None:
                bar.update(task, description=what.capitalize(), completed=done, total=of)

            try:
                async with sessions.begin() as session:
                    return await imports.run(
                        session, kind, content, rules.operator(), dry_run=dry_run, progress=progress
                    )
            except imports.ImportRefused as refused:
                return refused.report

    report = rules.run(work)
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        _show(report)
    raise typer.Exit(1 if report.mistakes else 0)


@app.command("export")
def export_file(
    kind: Annotated[ImportKind, typer.Argument(help="What to write.")],
    file: Annotated[Path, typer.Argument(help="The CSV file to write; one that is there is replaced.")],
    language: InLanguage = None,
) -> None:
    """Write what there is as a CSV file that `import` takes again; spreadsheets open it."""
    _speak(language)

    async def work(sessions: Sessions) -> str:
        async with sessions() as session:
            return await exports.exported_csv(session, kind, speaking.language(), rules.operator())

    content = rules.run(work)
    try:
        file.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise CannotRun(f"{file} cannot be written ({error.strerror}): choose another path.") from None
    output.print(f"Wrote {file}.", highlight=False)


def _speak(language: Language | None) -> None:
    if language is not None:
        speaking.speak(language)


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    if file.stat().st_size > MOST_BYTES:
        raise CannotRun(f"{file} is larger than {MOST_BYTES // 1024 // 1024} MiB; split it.")
    return file.read_bytes()


def _show(report: ImportReport) -> None:
    if report.errors:
        _show_sentences(report.errors)
        more = report.mistakes - len(report.errors)
        if more:
            output.print(f"... and {more} more.", highlight=False)
        output.print(f"Mistakes: {report.mistakes}. Nothing was written.", highlight=False)
        return
    if report.dry_run:
        _show_changes(report)
    _show_sentences(report.notes)
    counts = f"{report.created} created, {report.updated} changed, {report.unchanged} left as they are"
    if report.dry_run:
        output.print(f"Of {report.lines} {report.kind.value} would be: {counts}.", highlight=False)
    else:
        output.print(f"Of {report.lines} {report.kind.value} were: {counts}.", highlight=False)


def _show_sentences(said: Sequence[MistakeView]) -> None:
    for one in said:
        sentence = one.sentence.said(speaking.language())
        if one.column:
            output.print(f"Line {one.line}, column {one.column}: {sentence}", highlight=False, markup=False)
        else:
            output.print(f"Line {one.line}: {sentence}", highlight=False, markup=False)


def _show_changes(report: ImportReport) -> None:
    """Which lines change something that is there, and what they would take away."""
    for change in report.changes:
        where, changed, gone = f"Line {change.line}", ", ".join(change.changed), ", ".join(change.taken_away)
        if change.created:
            continue
        if not gone:
            output.print(f"{where}, {change.about}: changes {changed}", highlight=False, markup=False)
        elif not changed:
            output.print(f"{where}, {change.about}: TAKES AWAY {gone}", highlight=False, markup=False)
        else:
            output.print(
                f"{where}, {change.about}: changes {changed}; TAKES AWAY {gone}", highlight=False, markup=False
            )


@app.command()
def health(
    code: Annotated[GapCode | None, typer.Option(help="Only gaps of this kind.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only of this agency and those below it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many gaps to list; all of them are counted.")] = 200,
    as_json: AsJson = False,
    language: InLanguage = None,
) -> None:
    """List what is missing or does not fit in the registry. Exit code 1: there are gaps."""
    _speak(language)

    async def work(sessions: Sessions) -> RegistryHealth:
        async with sessions() as session:
            return await _gaps(session, code, agency, limit)

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        _list(found)
    raise typer.Exit(1 if found.counts else 0)


async def _gaps(session: AsyncSession, code: GapCode | None, agency: str | None, limit: int) -> RegistryHealth:
    now, client = utc_now(), rules.operator()
    items: list[GapView] = []
    cursor = None
    while True:
        asked = rules.checked(HealthParams, code=code, agency=agency, cursor=cursor, limit=min(200, limit - len(items)))
        page = await gaps.health(session, asked, client, now=now)
        items += page.items
        cursor = page.next_cursor
        if cursor is None or len(items) >= limit:
            return page.model_copy(update={"items": items})


def _list(found: RegistryHealth) -> None:
    for one in found.items:
        sentence = one.sentence.said(speaking.language())
        output.print(f"{one.agency or '-'}: {sentence}", highlight=False, markup=False)
    table = Table("gap", "count")
    for code, count in found.counts.items():
        table.add_row(code, str(count))
    output.print(table if found.counts else "There are no gaps.")
