"""`lapor mappings`: which claim of somebody else's issuer means whom."""

import json
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from routing_service.access.management import mappings
from routing_service.access.management.mapping_schemas import ClaimMappingCreate, ClaimMappingParams, ClaimMappingView
from services.cli import rules
from services.cli.consoles import output
from services.cli.sla_calendar import AsJson
from shared.database import Sessions

app = typer.Typer(help="Whom somebody else's issuer means, by a claim.", no_args_is_help=True)

PAGE = 200


@app.command("list")
def list_mappings(
    issuer: Annotated[str | None, typer.Option(help="Only of this issuer.")] = None,
    account: Annotated[str | None, typer.Option(help="Only those that mean this account.")] = None,
    as_json: AsJson = False,
) -> None:
    """List which claims mean whom."""
    found = rules.run(lambda sessions: _every(sessions, issuer=issuer, account=account))
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found]))
        return
    table = Table("mapping", "issuer", "claim", "value", "account")
    for one in found:
        table.add_row(str(one.id), one.issuer, one.claim, one.value, one.account)
    output.print(table)


async def _every(sessions: Sessions, **wanted: str | None) -> list[ClaimMappingView]:
    found: list[ClaimMappingView] = []
    cursor = None
    async with sessions() as session:
        while True:
            params = rules.checked(ClaimMappingParams, limit=PAGE, cursor=cursor, **wanted)
            page = await mappings.list_mappings(session, params)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found


@app.command()
def add(
    issuer: Annotated[str, typer.Option(help="Somebody else's issuer, exactly as it names itself.")],
    claim: Annotated[str, typer.Option(help="The claim that says who it is, such as sub.")],
    value: Annotated[str, typer.Option(help="The whole value of the claim.")],
    account: Annotated[str, typer.Option(help="The account of the person whom it means.")],
    as_json: AsJson = False,
) -> None:
    """Say which claim means a person, who may then log in at that issuer."""
    body = rules.checked(ClaimMappingCreate, issuer=issuer, claim=claim, value=value, account=account)

    async def work(sessions: Sessions) -> ClaimMappingView:
        async with sessions.begin() as session:
            return await mappings.add_mapping(session, body)

    made = rules.run(work)
    if as_json:
        typer.echo(json.dumps(made.model_dump(mode="json")))
        return
    output.print(f"{made.account} can log in at {made.issuer} now; the mapping is {made.id}.", highlight=False)


@app.command()
def end(mapping: Annotated[UUID, typer.Argument(help="Its id, as `lapor mappings list` shows it.")]) -> None:
    """Take a mapping away: nobody logs in by it any more, and all log-ins of that account end."""

    async def work(sessions: Sessions) -> None:
        async with sessions.begin() as session:
            await mappings.end_mapping(session, mapping)

    rules.run(work)
    output.print(f"Nobody logs in by the mapping {mapping} any more.", highlight=False)
