"""Commands about the schema and its reference data."""

import asyncio

from services import database as databases
from services.cli.consoles import errors, output
from services.grants import service as grants
from services.local import chosen
from services.local.home import Home


def migrate() -> None:
    """Bring the database to the newest schema: LAPOR_DATABASE_URL, else the embedded one."""
    with chosen.working_database(Home.from_environment()) as url:
        with errors.status("Migrating"):
            asyncio.run(_migrate(url))
        output.print(f"{databases.without_password(url)} has the newest schema.")
        try:
            granted = asyncio.run(grants.grant(url))
        except grants.MayNot as trouble:
            output.print(str(trouble), markup=False, highlight=False)
        else:
            if not granted:
                output.print("`lapor grants` makes a login of the database for each service.")


async def _migrate(url: str) -> None:
    await chosen.prepare(url)
    await databases.migrate(url)


def seed() -> None:
    """Load regions, agencies, categories, calendars and policies; what is there already is left alone."""
    from services import seed as seeds

    with chosen.working_database(Home.from_environment()) as url, errors.status("Loading reference data"):
        asyncio.run(_check(url))
        asyncio.run(seeds.load_all(url, progress=output.print))


async def _check(url: str) -> None:
    await chosen.prepare(url)
    await databases.check_migrated(url)
