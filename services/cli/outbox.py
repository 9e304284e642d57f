"""Commands for events that a service refused to the end."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from services import database
from services.cli.consoles import output
from services.local import chosen
from services.local.home import Home
from shared.log import delivery

app = typer.Typer(help="See and re-send events that were refused to the end.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def parked(as_json: AsJson = False) -> None:
    """List what is parked: which event, for whom, after how many attempts, why."""
    with chosen.working_database(Home.from_environment()) as url:
        rows = asyncio.run(_parked(url))
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    table = Table("event", "type", "for", "attempts", "parked at", "error")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    output.print(table if rows else "Nothing is parked.")


@app.command()
def resend(
    follower: Annotated[str | None, typer.Option(help="Only those for this service.")] = None, as_json: AsJson = False
) -> None:
    """Try everything that is parked again. Harmless: receivers act on an event once."""
    with chosen.working_database(Home.from_environment()) as url:
        count = asyncio.run(_resend(url, follower))
    typer.echo(json.dumps({"resent": count})) if as_json else output.print(f"{count} events will be sent again.")


async def _parked(url: str) -> list[dict[str, Any]]:
    await database.check_reachable(url)
    engine = database.engine_for(url)
    async with AsyncSession(engine) as session:
        rows = await delivery.parked(session)
    await engine.dispose()
    return rows


async def _resend(url: str, follower: str | None) -> int:
    await database.check_reachable(url)
    engine = database.engine_for(url)
    async with AsyncSession(engine) as session, session.begin():
        count = await delivery.resend_parked(session, follower)
    await engine.dispose()
    return count
