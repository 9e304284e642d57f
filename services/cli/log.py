"""Commands for the transparency log."""

import asyncio
from pathlib import Path
from typing import Annotated

import httpx
import typer

from services import catching_up, database, keeping
from services.cli.consoles import errors, output
from services.cli.verify import read_keys
from services.local import chosen
from services.local.home import Home
from services.local.keys import KeyFolder
from services.progress import LongWork
from services.startup import read_settings
from services.trouble import CannotRun
from shared.actors import MONITOR
from shared.keys.held import Keys
from shared.keys.ring import KeyTrouble
from shared.proof.notes import VerifierKey
from shared.settings import MonitorSettings
from sla_monitor.proof import signing

app = typer.Typer(help="What verifies the transparency log, and copies of it.", no_args_is_help=True)


@app.callback()
def log() -> None:
    """What verifies the transparency log, and copies of it."""


@app.command()
def key(
    folder: Annotated[Path | None, typer.Option(help="Where the keys lie; default: keys in LAPOR_HOME.")] = None,
) -> None:
    """Print the keys that verify the log's signatures, one a line: `lapor log key > log.pub`."""
    for one in verifier_keys(folder):
        typer.echo(str(one))


def verifier_keys(folder: Path | None = None) -> list[VerifierKey]:
    """Of the settings of this environment, or of a folder of keys. Raises CannotRun."""
    settings = read_settings(MonitorSettings, database_url="not needed")
    try:
        if folder is None and (settings.keys_file or settings.keys.get_secret_value()):
            ring = Keys(settings).ring
        else:
            ring = (Home.from_environment().keys if folder is None else KeyFolder(folder)).ring(MONITOR)
        return signing.verifier_keys(ring, settings.log_origin)
    except KeyTrouble as trouble:
        raise CannotRun(str(trouble)) from None


@app.command()
def keep(
    folder: Annotated[Path, typer.Argument(help="Where the copy lies; it grows with each call.")],
    url: Annotated[str, typer.Option(help="The address of the log, `https://.../v1/log`.")],
    key: Annotated[Path, typer.Option(help="The keys of the log, as `lapor log key` prints them.")],
) -> None:
    """Keep the newest checkpoint and what is below it, after checking that it goes on from the last one kept here."""
    try:
        kept = asyncio.run(keeping.keep(folder, url.rstrip("/"), read_keys(key)))
    except httpx.HTTPError as error:
        raise CannotRun(f"The log at {url} cannot be read ({type(error).__name__}).") from None
    output.print(f"{kept.size} leaves are kept in {folder}, {kept.added} of them new.", highlight=False)


@app.command()
def catch_up() -> None:
    """After a dump was restored into another database server: let it count transactions on from where the log is.

    Until then no feed, webhook or news goes on. Nothing else is changed; it can be stopped and begun again.
    """
    with chosen.working_database(Home.from_environment()) as url:
        count = asyncio.run(_catch_up(url))
    if count:
        output.print(f"The server counts on from where the log is; numbers passed over: {count}.")
    else:
        output.print("The server counts on from where the log is already.")


async def _catch_up(url: str) -> int:
    await database.check_reachable(url)
    engine = database.engine_for(url)
    try:
        count = await catching_up.behind(engine)
        with LongWork(errors) as work:
            task = work.add_task("Counting", total=count)
            await catching_up.catch_up(engine, lambda more: work.advance(task, more))
        return count
    finally:
        await engine.dispose()
