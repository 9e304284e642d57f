"""`lapor clients`: apps and channels, their secrets and their keys."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from routing_service.access.accounts import queries, systems
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.systems import CLIENT_CREDENTIALS, NewSecret, SystemDraft
from services.cli import rules
from services.cli.accounts import change, everybody
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from services.trouble import CannotRun
from shared.clients import Role, Scope
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.accounts import AccountKind, AccountState
from shared.domain.codes import Channel

app = typer.Typer(help="Systems that connect: registration, secrets, keys.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The client_id.")]


@app.command("list")
def list_clients(
    state: Annotated[AccountState | None, typer.Option(help="Only in this state.")] = None, as_json: AsJson = False
) -> None:
    """List the registered systems."""
    found = rules.run(lambda sessions: everybody(sessions, AccountKind.SYSTEM, None, state))
    if as_json:
        rows = [{"id": one.id, "role": one.role, "agency": one.agency, "state": one.state} for one in found]
        typer.echo(json.dumps(rows))
        return
    table = Table("client_id", "name", "role", "agency", "scopes", "state")
    for one in found:
        table.add_row(one.id, one.name, one.role.value, one.agency or "-", " ".join(one.scopes), one.state.value)
    output.print(table)


@app.command()
def register(
    name: Annotated[str, typer.Option(help="What people call it.")],
    role: Annotated[Role, typer.Option(help="reporter_app or channel.")],
    id: Annotated[str | None, typer.Option("--id", help="The client_id; otherwise one is made up.")] = None,
    agency: Annotated[str | None, typer.Option(help="The agency that it belongs to.")] = None,
    channel: Annotated[list[Channel] | None, typer.Option(help="A channel that it may name; repeat for more.")] = None,
    scope: Annotated[list[Scope] | None, typer.Option(help="A scope that it may have; repeat for more.")] = None,
    contact: Annotated[str | None, typer.Option(help="An address of mail for whoever looks after it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Register a system, and show its secret. It is shown once."""
    draft = SystemDraft(
        name, role, id=id, contact=contact, agency=agency, channels=tuple(one.value for one in channel or ()),
        scopes=tuple(one.value for one in scope or ()), grants=(CLIENT_CREDENTIALS,),
    )  # fmt: skip

    async def work(sessions: Sessions) -> tuple[Known, NewSecret]:
        async with sessions.begin() as session:
            made = await systems.create_system(session, draft)
            return made, await systems.add_secret(session, made.id, now=utc_now())

    made, secret = rules.run(work)
    _show_secret(made.id, secret, as_json=as_json)


@app.command()
def secret(
    client: Id,
    days: Annotated[int | None, typer.Option(min=1, help="How long it is good; otherwise until taken away.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a system one more secret, and show it once. The other one stays good until it is taken away."""

    async def work(sessions: Sessions) -> NewSecret:
        async with sessions.begin() as session:
            good_for = None if days is None else timedelta(days=days)
            return await systems.add_secret(session, client, now=utc_now(), good_for=good_for)

    _show_secret(client, rules.run(work), as_json=as_json)


@app.command()
def proofs(client: Id) -> None:
    """List the secrets and keys of a system by id; the secrets themselves are not kept."""

    async def work(sessions: Sessions) -> list[tuple[str, str, str]]:
        async with sessions() as session:
            await systems.the_system(session, client)
            known = await queries.secrets(session, client, now=utc_now())
            rows = [("secret", str(one.id), f"{one.created_at:%Y-%m-%d}") for one in known]
            return rows + [
                ("key", one.kid, f"{one.created_at:%Y-%m-%d}") for one in await queries.keys(session, client)
            ]

    table = Table("kind", "id", "made")
    for row in rules.run(work):
        table.add_row(*row)
    output.print(table)


@app.command("end-secret")
def end_secret(client: Id, secret: Annotated[UUID, typer.Argument(help="Its id, as `proofs` lists it.")]) -> None:
    """Take a secret away."""

    async def work(sessions: Sessions) -> None:
        async with sessions.begin() as session:
            await systems.end_secret(session, client, secret)

    rules.run(work)
    output.print(f"{client} can no longer use the secret {secret}.", highlight=False)


@app.command("add-key")
def add_key(client: Id, file: Annotated[Path, typer.Argument(help="Its public key as JSON (a JWK).")]) -> None:
    """Give a system a public key; it then asks for tokens by signing (private_key_jwt)."""
    try:
        jwk: Any = json.loads(file.read_text())
    except (OSError, ValueError):
        raise CannotRun(f"{file} cannot be read as JSON.") from None
    if not isinstance(jwk, dict):
        raise CannotRun(f"{file} holds no JWK.")

    async def work(sessions: Sessions) -> str:
        async with sessions.begin() as session:
            return await systems.add_key(session, client, jwk, now=utc_now())

    kid = rules.run(work)
    output.print(f"{client} signs with the key {kid} from now on.", highlight=False)


@app.command("end-key")
def end_key(client: Id, kid: Annotated[str, typer.Argument(help="Its id, as `proofs` lists it.")]) -> None:
    """Take a key away."""

    async def work(sessions: Sessions) -> None:
        async with sessions.begin() as session:
            await systems.end_key(session, client, kid)

    rules.run(work)
    output.print(f"{client} can no longer use the key {kid}.", highlight=False)


@app.command()
def deactivate(client: Id) -> None:
    """Shut a system out; its tokens are refused within seconds."""
    change(lambda session: systems.shut_out(session, client, now=utc_now()))


@app.command()
def activate(client: Id) -> None:
    """Let a system in again, with the secrets and keys that it had."""
    change(lambda session: systems.let_in(session, client))


def _show_secret(client: str, made: NewSecret, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"client_id": client, "client_secret": made.text, "secret_id": str(made.id)}))
        return
    errors.print(f"The secret of {client}; keep it, it is shown this once:")
    output.print(made.text, markup=False, highlight=False, soft_wrap=True)
