"""`lapor registry`: agencies, officers and categories from and to files, and what is missing among them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.gaps import service as gaps
from routing_service.gaps.schemas import GapView, HealthParams, RegistryHealth
from routing_service.gaps.sentences import GapCode
from routing_service.imports import exports
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
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file with a line that names the columns.")],
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


@app.command("export")
def export_file(
    kind: Annotated[ImportKind, typer.Argument(help="What to write.")],
    file: Annotated[Path, typer.Argument(help="The CSV file to write; one that is there is replaced.")],
    language: InLanguage = Language.EN,
) -> None:
    """Write what there is as a CSV file that `import` takes again; spreadsheets open it."""

    async def work(sessions: Sessions) -> str:
        async with sessions() as session:
            return await exports.written(session, kind, language)

    content = rules.run(work)
    try:
        file.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise CannotRun(f"{file} cannot be written ({error.strerror}): choose another path.") from None
    output.print(f"Wrote {file}.", highlight=False)


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    if file.stat().st_size > MOST_BYTES:
        raise CannotRun(f"{file} is larger than {MOST_BYTES // 1024 // 1024} MiB; split it.")
    return file.read_bytes()


_COUNTS = {
    (
        Language.EN,
        True,
    ): "Of {lines} {kind} would be: {created} created, {updated} changed, {unchanged} left as they are.",
    (Language.EN, False): "Of {lines} {kind} were: {created} created, {updated} changed, {unchanged} left as they are.",
    (Language.ID, True): "Dari {lines} baris akan: {created} dibuat, {updated} diubah, {unchanged} tetap.",
    (Language.ID, False): "Dari {lines} baris: {created} dibuat, {updated} diubah, {unchanged} tetap.",
}
_REFUSED = {
    Language.EN: "Mistakes: {mistakes}. Nothing was written.",
    Language.ID: "Kesalahan: {mistakes}. Tidak ada yang disimpan.",
}
_NOT_SHOWN = {Language.EN: "({more} of them are not shown)", Language.ID: "({more} di antaranya tidak ditampilkan)"}
_PLACE = {
    Language.EN: ("Line {line}", ", column {column}"),
    Language.ID: ("Baris {line}", ", kolom {column}"),
}
_CHANGED = {Language.EN: "changes {columns}", Language.ID: "mengubah {columns}"}
_TAKEN_AWAY = {Language.EN: "TAKES AWAY {columns}", Language.ID: "MENGHAPUS ISI {columns}"}


def _show(report: ImportReport, language: Language) -> None:
    if report.errors:
        _show_sentences(report.errors, language)
        more = report.mistakes - len(report.errors)
        rest = " " + _NOT_SHOWN[language].format(more=more) if more else ""
        output.print(_REFUSED[language].format(mistakes=f"{report.mistakes}{rest}"), highlight=False)
        return
    if report.dry_run:
        _show_changes(report, language)
    _show_sentences(report.notes, language)
    counts = _COUNTS[language, report.dry_run]
    output.print(counts.format_map(report.model_dump(mode="json")), highlight=False)


def _show_sentences(said: Sequence[MistakeView], language: Language) -> None:
    for one in said:
        output.print(f"{_place(one, language)}: {_sentence(one, language)}", highlight=False, markup=False)


def _show_changes(report: ImportReport, language: Language) -> None:
    """Which lines change something that is there, and what they would take away."""
    for change in report.changes:
        if change.created:
            continue
        parts = [
            words[language].format(columns=", ".join(columns))
            for words, columns in ((_CHANGED, change.changed), (_TAKEN_AWAY, change.taken_away))
            if columns
        ]
        where = _PLACE[language][0].format(line=change.line)
        output.print(f"{where}, {change.about}: {'; '.join(parts)}", highlight=False, markup=False)


def _place(one: MistakeView, language: Language) -> str:
    line, column = _PLACE[language]
    return line.format(line=one.line) + (column.format(column=one.column) if one.column else "")


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
