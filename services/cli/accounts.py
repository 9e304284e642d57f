"""`lapor accounts`: who may log in, their links, and shutting them out."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, service
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.service import Invited
from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from services.local import people
from services.startup import read_settings
from services.trouble import CannotRun
from shared.clients import Role
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.accounts import AccountKind, AccountState, InvitationKind
from shared.settings import Settings

app = typer.Typer(help="People who log in: links, locks, dismissals.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The account, as `lapor accounts list` shows it.")]
PAGE = 200


async def hand_over(session: AsyncSession, account: Known, kind: InvitationKind) -> Known | Invited:
    """By mail, where a server is set; a service sends it. Otherwise by whoever runs the command."""
    by, now = rules.operator().actor, utc_now()
    if _settings().sends_mail:
        await service.mail_link(session, account, kind, by=by, now=now)
        return account
    return await service.hand_link(session, account, kind, by=by, now=now)


def show(made: Known | Invited, *, as_json: bool) -> None:
    """A link on standard output alone, so that it can be kept out of logs."""
    if isinstance(made, Known):
        if as_json:
            typer.echo(json.dumps({"account": made.id, "mailed": True}))
        else:
            errors.print(f"{made.name} gets the link by mail.")
        return
    link = made.link(_settings().issuer_url)
    if as_json:
        expires_at = made.expires_at.isoformat()
        typer.echo(json.dumps({"account": made.account.id, "link": link, "expires_at": expires_at}))
        return
    errors.print(f"Hand this link to {made.account.name}; it works once, until {made.expires_at:%Y-%m-%d %H:%M} UTC:")
    output.print(link, markup=False, highlight=False, soft_wrap=True)


def _settings() -> Settings:
    return read_settings(Settings, database_url="not needed here")


@app.command("list")
def list_accounts(
    role: Annotated[Role | None, typer.Option(help="Only of this role.")] = None,
    state: Annotated[AccountState | None, typer.Option(help="Only in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts of people."""
    found = rules.run(lambda sessions: everybody(sessions, AccountKind.PERSON, role, state))
    if as_json:
        rows = [{"id": one.id, "role": one.role, "agency": one.agency, "state": one.state} for one in found]
        typer.echo(json.dumps(rows))
        return
    table = Table("account", "name", "role", "agency", "state")
    for one in found:
        table.add_row(one.id, one.name, one.role.value, one.agency or "-", one.state.value)
    output.print(table)


async def everybody(
    sessions: Sessions, kind: AccountKind, role: Role | None, state: AccountState | None
) -> list[Known]:
    found: list[Known] = []
    async with sessions() as session:
        while True:
            after = found[-1].id if found else None
            page = await queries.listed(session, kind=kind, below=None, role=role, state=state, after=after, limit=PAGE)
            found += page
            if len(page) < PAGE:
                return found


@app.command()
def invite(
    officer: Annotated[UUID, typer.Argument(help="An officer of the registry, by id.")], as_json: AsJson = False
) -> None:
    """Give an officer an account, and mail or show the link with which they take it up."""

    async def work(sessions: Sessions) -> Known | Invited:
        async with sessions.begin() as session:
            account = await service.account_for_officer(session, officer)
            return await hand_over(session, await service.to_invite(session, account.id), InvitationKind.INVITE)

    show(rules.run(work), as_json=as_json)


@app.command()
def reset(account: Id, as_json: AsJson = False) -> None:
    """Take away password and second factor, end all tokens, and mail or show a link to set them anew."""

    async def work(sessions: Sessions) -> Known | Invited:
        async with sessions.begin() as session:
            return await hand_over(session, await service.to_reset(session, account), InvitationKind.RESET)

    show(rules.run(work), as_json=as_json)


@app.command()
def lock(account: Id) -> None:
    """Shut an account out, until `unlock`; its tokens are refused within seconds."""
    change(lambda session: service.lock(session, account))


@app.command()
def unlock(account: Id) -> None:
    """Let a locked account in again."""
    change(lambda session: service.unlock(session, account))


@app.command()
def deactivate(account: Id) -> None:
    """Shut an account out for good; its tokens are refused within seconds."""
    change(lambda session: service.deactivate(session, account, now=utc_now()))


@app.command()
def code(file: Annotated[Path, typer.Argument(help="A file of LAPOR_HOME/people.")]) -> None:
    """Show the one-time code of now of an example person, whose file `lapor up` has written."""
    try:
        output.print(people.code_of_now(file, utc_now()), highlight=False)
    except (OSError, ValueError):
        raise CannotRun(f"{file} is no file of an example person.") from None


def change(do: Callable[[AsyncSession], Awaitable[Known]]) -> None:
    async def work(sessions: Sessions) -> Known:
        async with sessions.begin() as session:
            return await do(session)

    changed = rules.run(work)
    output.print(f"{changed.id} is {changed.state.value} now.", highlight=False)
