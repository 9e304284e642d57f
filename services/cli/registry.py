"""`lapor registry`: agencies, officers and categories from files, and what is missing among them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.gaps import service as gaps
from routing_service.gaps.schemas import GapView, HealthParams, RegistryHealth
from routing_service.gaps.sentences import GapCode
from routing_service.imports import service as imports
from routing_service.imports.columns import ImportKind
from routing_service.imports.schemas import ImportReport, MistakeView
from services import rules
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from shared.officers import Language

app = typer.Typer(help="Agencies, officers, categories: files and gaps.", no_args_is_help=True)

MOST_BYTES = 64 * 1024 * 1024

InLanguage = Annotated[Language, typer.Option("--language", help="Of the sentences.")]


@app.callback()
def registry() -> None:
    """Agencies, officers, categories: files and gaps."""


@app.command("import")
def import_file(
    kind: Annotated[ImportKind, typer.Argument(help="What the file has.")],
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8; its first line names the columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do, and what is wrong.")] = False,
    as_json: AsJson = False,
    language: InLanguage = Language.EN,
) -> None:
    """Add and change what a file says: all of it, or nothing and a list of its mistakes. Exit code 1: mistakes."""
    content = _content(file)

    async def work(sessions: Sessions) -> ImportReport:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
            task = bar.add_task("Reading", total=None)

            def progress(what: str, done: int, of: int) -> None:
                bar.update(task, description=what.capitalize(), completed=done, total=of)

            try:
                async with sessions.begin() as session:
                    return await imports.run(session, kind, content, dry_run=dry_run, progress=progress)
            except imports.ImportRefused as refused:
                return refused.report

    report = rules.run(work)
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        _show(report, language)
    raise typer.Exit(1 if report.mistakes else 0)


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    if file.stat().st_size > MOST_BYTES:
        raise CannotRun(f"{file} is larger than {MOST_BYTES // 1024 // 1024} MiB; split it.")
    return file.read_bytes()


def _show(report: ImportReport, language: Language) -> None:
    if report.errors:
        for one in report.errors:
            column = f", column {one.column}" if one.column else ""
            output.print(f"Line {one.line}{column}: {_sentence(one, language)}", highlight=False, markup=False)
        more = report.mistakes - len(report.errors)
        rest = f" ({more} of them are not shown)" if more else ""
        output.print(f"Mistakes: {report.mistakes}{rest}. Nothing was written.", highlight=False)
        return
    would = "would be" if report.dry_run else "were"
    counts = f"{report.created} created, {report.updated} changed, {report.unchanged} left as they are"
    output.print(f"Of {report.lines} {report.kind.value} {would}: {counts}.", highlight=False)


def _sentence(mistake: MistakeView, language: Language) -> str:
    return mistake.sentence.id if language is Language.ID else mistake.sentence.en


@app.command()
def health(
    code: Annotated[GapCode | None, typer.Option(help="Only gaps of this kind.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only of this agency and those below it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many gaps to list; all of them are counted.")] = 200,
    as_json: AsJson = False,
    language: InLanguage = Language.EN,
) -> None:
    """List what is missing or does not fit in the registry. Exit code 1: there are gaps."""

    async def work(sessions: Sessions) -> RegistryHealth:
        async with sessions() as session:
            return await _gaps(session, code, agency, limit)

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        _list(found, language)
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


def _list(found: RegistryHealth, language: Language) -> None:
    for one in found.items:
        sentence = one.sentence.id if language is Language.ID else one.sentence.en
        output.print(f"{one.agency or '-'}: {sentence}", highlight=False, markup=False)
    table = Table("gap", "count")
    for code, count in found.counts.items():
        table.add_row(code, str(count))
    output.print(table if found.counts else "There are no gaps.")
