"""Commands that remove personal data: what was kept long enough, and a person who asks for it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from intake_api.erasure import queries, retention, service
from intake_api.evidence.store import Store
from intake_api.identities.sealing import Identities
from intake_api.submissions.schemas import Email, Phone
from services import database
from services.cli.consoles import errors, output
from services.local import chosen
from services.local.home import Home
from services.progress import LongWork
from services.startup import read_settings
from services.trouble import CannotRun
from shared.actors import INTAKE
from shared.clock import utc_now
from shared.database import Sessions, create_sessions
from shared.errors import DomainError
from shared.keys.ring import KeyTrouble
from shared.log.payloads.codes import ErasureCause
from shared.settings import IntakeSettings

app = typer.Typer(help="Remove personal data: what was kept long enough, or of one person.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Result = TypeVar("Result")
ACTOR = "operator:lapor-command"


def _settings() -> IntakeSettings:
    return read_settings(IntakeSettings, database_url="not needed")


def _rules() -> list[retention.RetentionRule]:
    try:
        return retention.read_rules(_settings().retention_file)
    except retention.BadRules as error:
        raise CannotRun(str(error)) from None


def _on_database(work: Callable[[Sessions], Awaitable[Result]]) -> Result:
    async def working(url: str) -> Result:
        await database.check_reachable(url)
        await database.check_migrated(url)
        engine = database.engine_for(url)
        try:
            return await work(create_sessions(engine))
        finally:
            await engine.dispose()

    with chosen.working_database(Home.from_environment()) as url:
        return asyncio.run(working(url))


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase who reported, and every word, of reports that were kept as long as the rules say. Their events stay."""
    rules, now = _rules(), utc_now()
    found = _on_database(lambda sessions: retention.due(sessions, rules, now=now))
    erased = 0
    if not dry_run:

        async def erase(sessions: Sessions) -> int:
            with LongWork(errors) as bar:
                task = bar.add_task("Erasing", total=None)
                return await retention.run(
                    sessions, rules, now=now, store=Store.of(_settings()),
                    progress=lambda done, of: bar.update(task, completed=done, total=of),
                )  # fmt: skip

        erased = _on_database(erase)
    _show(found, erased, dry_run=dry_run, as_json=as_json)


def _show(found: list[retention.Due], erased: int, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "erased": erased, "terms": [_row(one) for one in found]}))
        return
    table = Table("class", "channels", "kept days", "legal basis", "due", "untouched since")
    for one in found:
        table.add_row(*(_text(value) for value in _row(one).values()))
    output.print(table)
    if not dry_run:
        output.print(f"Erased: {erased}.")


def _row(due: retention.Due) -> dict[str, Any]:
    return {
        "classification": due.term.classification.value,
        "channels": [channel.value for channel in due.term.channels],
        "days": due.term.days,
        "legal_basis": due.term.legal_basis,
        "reports": due.reports,
        "untouched_since": due.last_at and due.last_at.isoformat(),
    }


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@app.command()
def erase(
    number: Annotated[list[str] | None, typer.Option(help="The tracking number; may be given several times.")] = None,
    phone: Annotated[str | None, typer.Option(help="Of a person: all of their reports.")] = None,
    email: Annotated[str | None, typer.Option(help="Of a person: all of their reports.")] = None,
    cause: Annotated[ErasureCause, typer.Option(help="Why.")] = ErasureCause.REQUEST,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only name the reports.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person: who reported and every word, of reports whose work has ended. Their events stay."""
    if not (number or phone or email):
        raise CannotRun("Name the reports by --number, or the person by --phone or --email.")
    phone, email = _written(phone, Phone, "--phone"), _written(email, Email, "--email")

    async def work(sessions: Sessions) -> dict[str, str]:
        numbers = [*(number or []), *await _numbers_of(sessions, phone, email)]
        return {one: "found" if dry_run else await _erased(sessions, one, cause) for one in dict.fromkeys(numbers)}

    done = _on_database(work)
    if as_json:
        typer.echo(json.dumps(done))
    else:
        for one, outcome in done.items():
            output.print(f"Report {one}: {outcome}.", highlight=False)
        output.print(f"Reports: {len(done)}.")
    raise typer.Exit(0 if all(outcome in ("found", "erased") for outcome in done.values()) else 1)


def _written(value: str | None, kind: Any, option: str) -> str | None:
    """As reports are taken: what cannot stand in a report is found in none, and would look like nobody's."""
    try:
        return None if value is None else TypeAdapter[str](kind).validate_python(value)
    except ValidationError:
        raise CannotRun(f"What stands behind {option} cannot be one; write it as people write theirs.") from None


async def _numbers_of(sessions: Sessions, phone: str | None, email: str | None) -> list[str]:
    if phone is None and email is None:
        return []
    identities = Identities(Home.from_environment().keys.held_by(INTAKE))
    try:
        phones = [] if phone is None else identities.phone_indexes(phone)
        emails = [] if email is None else identities.email_indexes(email)
    except KeyTrouble as trouble:
        raise CannotRun(str(trouble)) from None
    async with sessions() as session:
        return [one for _, one in await queries.numbers_of(session, phones, emails)]


async def _erased(sessions: Sessions, number: str, cause: ErasureCause) -> str:
    try:
        async with sessions.begin() as session:
            done = await service.erase_report(session, number, cause=cause, actor=ACTOR, now=utc_now())
    except DomainError as error:
        return error.detail.rstrip(".")
    await Store.of(_settings()).discard(done.objects)
    return "erased"
