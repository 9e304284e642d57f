"""The command for the logins of the services and what PostgreSQL grants them."""

import asyncio
from typing import Annotated

import typer

from services import database
from services.cli.consoles import errors, output
from services.grants import service
from services.local import chosen
from services.local.home import Home


def grants(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if something is missing.")] = False,
    print_only: Annotated[
        bool, typer.Option("--print", help="Print the SQL that is missing, for an administrator of the database.")
    ] = False,
    new_passwords: Annotated[bool, typer.Option("--new-passwords", help="Give every login a new password.")] = False,
) -> None:
    """Make a login of PostgreSQL for each service, and grant it what it may read and write."""
    home = Home.from_environment()
    with chosen.administered_database(home) as url:
        asyncio.run(_ready(url))
        if check or print_only:
            missing = asyncio.run(service.missing(url))
            for statement in missing:
                typer.echo(f"{statement};")
            if print_only and missing:
                errors.print("Then give each login a password: \\password lapor_intake, and so on.", markup=False)
            if check and not missing:
                output.print("Nothing is missing.")
            raise typer.Exit(1 if check and missing else 0)
        done = asyncio.run(service.complete(url, home.logins, anew=new_passwords))
        for statement in done.statements:
            output.print(statement, markup=False, highlight=False)
        output.print(f"{len(done.statements)} changes." if done.statements else "Nothing is missing.")
        output.print(f"The passwords are in {home.logins.file}.", highlight=False)


async def _ready(url: str) -> None:
    await chosen.prepare(url)
    await database.check_migrated(url)
