"""The real processes, over a database with the real reference data (without the villages)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

import routing_service.registry.seed
import sla_monitor.seed
from services.database import engine_for
from tests.conftest import clone, drop


@pytest.fixture(scope="session")
def seeded(server: URL, template: URL) -> Iterator[URL]:
    async def make() -> URL:
        url = await clone(server, template)
        engine = engine_for(url.render_as_string(hide_password=False))
        await routing_service.registry.seed.load(engine, progress=lambda _: None, villages=False)
        await sla_monitor.seed.load(engine, progress=lambda _: None)
        await engine.dispose()
        return url

    url = asyncio.run(make())
    yield url
    asyncio.run(drop(server, url))


@pytest.fixture
async def database_url(server: URL, seeded: URL) -> AsyncIterator[str]:
    url = await clone(server, seeded)
    yield url.render_as_string(hide_password=False)
    await drop(server, url)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path
