"""`lapor registry`: agencies, officers and categories from files, and what is missing among them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from routing_service.imports import service as imports
from routing_service.imports.columns import ImportKind
from routing_service.imports.schemas import ImportReport, MistakeView
from services import rules
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from services.trouble import CannotRun
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
        table = Table("line", "column", "code", "what is wrong")
        for one in report.errors:
            table.add_row(str(one.line), one.column or "", one.code, _sentence(one, language))
        output.print(table)
        more = report.mistakes - len(report.errors)
        rest = f" ({more} more are not shown)" if more else ""
        output.print(f"{report.mistakes} mistakes in {report.lines} lines{rest}; nothing was written.", highlight=False)
        return
    would = "would be" if report.dry_run else "were"
    counts = f"{report.created} created, {report.updated} changed, {report.unchanged} left as they are"
    output.print(f"Of {report.lines} {report.kind.value} {would}: {counts}.", highlight=False)


def _sentence(mistake: MistakeView, language: Language) -> str:
    return mistake.sentence.id if language is Language.ID else mistake.sentence.en
