"""`lapor up`, forked with all of its services, over a database whose reference data is there but for a few villages."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import URL

from routing_service.registry import seed
from services.local.home import Home
from shared.domain.regions import parent_of
from tests.forks import PARENT, SOCKET, Fork
from tests.logins import ENVIRONMENT

READY_SECONDS = 120.0
#: Sangatta Utara, and how many villages it has.
DISTRICT, VILLAGES = "64.08.04", 4


async def add_villages(url: URL) -> None:
    """All but those of the district, by a way that is ten times as short, since it keeps no log of them."""
    rows = [(code, name, parent_of(code)) for code, name in seed.regions() if parent_of(code) != DISTRICT]
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute("SET session_replication_role = replica")
    statement = "INSERT INTO regions (code, name, parent_code) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"
    await connection.execute(f"{statement} ON CONFLICT DO NOTHING", *map(list, zip(*rows, strict=True)))
    await connection.close()


@asynccontextmanager
async def forked_up(home: Home, database_url: str, **settings: str) -> AsyncIterator[Fork]:
    """Once it is ready."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAPOR_")}
    kept |= {name: os.environ[name] for name in (SOCKET, PARENT)}
    own = {"LAPOR_DATABASE_URL": database_url, "LAPOR_HOME": str(home.path), **ENVIRONMENT, **settings}
    with (home.path / "output").open("wb") as output:
        process = await Fork.start(["up", "--free-ports"], {**kept, **own}, output)
    try:
        async with asyncio.timeout(READY_SECONDS):
            while "Ctrl-C stops everything" not in said(home):
                assert process.returncode is None, said(home)
                await asyncio.sleep(0.1)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def said(home: Home) -> str:
    return (home.path / "output").read_text()
