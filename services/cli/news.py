"""Commands for what reporters hear."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.table import Table

from intake_api.notifications import queries
from intake_api.notifications.stops import service
from intake_api.notifications.stops.bounces import MOST_BYTES, read_bounce
from services import database
from services.cli.consoles import output
from services.local import chosen
from services.local.home import Home
from shared.clock import utc_now
from shared.database import create_sessions

app = typer.Typer(help="See what reporters are still to be told, and take mails that came back.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def waiting(as_json: AsJson = False) -> None:
    """Show how much news waits to be told, and how much was not told within a day, by why."""
    with chosen.working_database(Home.from_environment()) as url:
        counts = asyncio.run(_counts(url))
    if as_json:
        typer.echo(json.dumps(counts))
        return
    table = Table("news", "count")
    for name, count in counts.items():
        table.add_row(name, str(count))
    output.print(table)


@app.command()
def bounce(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A mail that came back; without it: what is piped in.", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a report of a mail server that a mail did not arrive (RFC 3464), as an alias pipes it in.

    The news counts as not told; to an address that does not exist nothing goes any more. Anything else is passed over.
    """
    found = read_bounce(_read(file))
    count = 0
    if found is not None:
        bounced = found
        with chosen.working_database(Home.from_environment()) as url:

            async def take() -> int:
                await database.check_reachable(url)
                engine = database.engine_for(url)
                try:
                    async with create_sessions(engine).begin() as session:
                        return await service.take_bounce(session, bounced, now=utc_now())
                finally:
                    await engine.dispose()

            count = asyncio.run(take())
    if as_json:
        status = None if found is None else found.status
        typer.echo(json.dumps({"news": count, "status": status, "for_good": found is not None and found.for_good}))
    elif found is None:
        output.print("This reports no mail of ours that did not arrive.")
    else:
        output.print(f"News that was not told after all: {count} ({found.status}).")


def _read(file: Path | None) -> bytes:
    if file is None:
        return _all(typer.get_binary_stream("stdin"))
    with file.open("rb") as opened:
        return _all(opened)


def _all(stream: BinaryIO) -> bytes:
    """A longer mail than that reports nothing of ours."""
    return stream.read(MOST_BYTES)


async def _counts(url: str) -> dict[str, int]:
    await database.check_reachable(url)
    engine = database.engine_for(url)
    try:
        async with create_sessions(engine)() as session:
            found = await queries.news_figures(session, "reporters")
            return {"pending": found.pending, "failed": found.failed} | await queries.untold_lately(session)
    finally:
        await engine.dispose()
