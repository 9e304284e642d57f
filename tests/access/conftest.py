from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.addresses import asyncpg_url
from tests.access import evidence
from tests.access import world as worlds
from tests.access.world import World
from tests.conftest import clone, drop


@pytest.fixture(scope="session")
async def world(server: URL, template: URL) -> AsyncIterator[World]:
    """Made once by each worker; a few seconds."""
    url = await clone(server, template)
    world = await worlds.made(url.render_as_string(hide_password=False))
    await evidence.prepare(world)
    yield world
    await world.close()
    await drop(server, url)


@pytest.fixture(scope="session")
async def connection(world: World) -> AsyncIterator[AsyncConnection]:
    """That all requests work on: it keeps its prepared statements."""
    engine = create_async_engine(asyncpg_url(world.apps[worlds.INTAKE].state.settings.database_url))
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()
