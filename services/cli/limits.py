"""Commands for limits that hold over all copies of a service."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from services import database
from services.cli.consoles import output
from services.local import chosen
from services.local.home import Home
from services.local.keys import KeyFolder
from services.trouble import CannotRun
from shared.actors import INTAKE, ROUTING
from shared.database import create_sessions
from shared.http.limits import subjects
from shared.http.limits.counters import Counters
from shared.http.limits.rules import Limit, counted_by, rules_of
from shared.keys.held import Keys
from shared.settings import Settings

app = typer.Typer(help="Lift limits that hold over all copies of a service.", no_args_is_help=True)

_COUNTED = {
    limit: service for name, service in (("intake", INTAKE), ("routing", ROUTING)) for limit in counted_by(name)
}


@app.command()
def lift(
    limit: Annotated[Limit, typer.Argument(help="Which limit, as `RateLimit` names it.")],
    name: Annotated[str, typer.Argument(help="The account, client, reference, tracking number or address.")],
    client: Annotated[str | None, typer.Option(help="The client, where the limit holds for something at one.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the keys lie; default: keys in LAPOR_HOME.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Let a count begin anew, in every copy within two seconds. The name is stored nowhere."""
    if (limit in subjects.OF_A_CLIENT) != (client is not None):
        raise CannotRun(f"Name {subjects.NAMED[limit]}, and nothing else.")
    home = Home.from_environment()
    keys = (home.keys if folder is None else KeyFolder(folder)).held_by(_COUNTED[limit])
    with chosen.working_database(home) as url:
        lifted = asyncio.run(_lift(url, keys, limit, subjects.subject_of(limit, name, client)))
    if as_json:
        typer.echo(json.dumps({"limit": limit.value, "lifted": lifted}))
    else:
        output.print("It begins anew." if lifted else "Nothing was counted under that name in this window.")


async def _lift(url: str, keys: Keys, limit: Limit, subject: str) -> bool:
    """By the windows that the settings of this environment say; they must be those of the services."""
    await database.check_reachable(url)
    engine = database.engine_for(url)
    try:
        settings = Settings.model_validate({"database_url": url})
        rules = rules_of(settings, [limit])
        if limit not in rules:
            raise CannotRun("This limit is switched off in the settings.")
        return await Counters(create_sessions(engine), keys, rules).lift_count(limit, subject)
    finally:
        await engine.dispose()
