"""One database for all of these tests: submissions commit on connections of their own, so nothing is rolled back.
Every test makes reports of its own and looks at nothing else.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from intake_api.app import create_app
from shared.clock import now_dependency
from shared.database import Sessions, create_sessions
from shared.schema import ApiClient
from shared.settings import IntakeSettings
from tests.conftest import clone, drop
from tests.factories import NOON, a_registry, settings
from tests.intake_api.helpers import Clock
from tests.logins import as_service

CLIENTS = [
    {"id": "mobile-app", "name": "App", "channels": ["app", "web", "qr"]},
    {"id": "gateway", "name": "SMS and WhatsApp", "channels": ["sms", "whatsapp"]},
]


@pytest.fixture(scope="session")
async def intake_url(server: URL, template: URL) -> AsyncIterator[str]:
    url = await clone(server, template)
    engine = create_async_engine(url)
    async with create_sessions(engine).begin() as session:
        await a_registry(session)
        await session.execute(insert(ApiClient), CLIENTS)
    await engine.dispose()
    yield url.render_as_string(hide_password=False)
    await drop(server, url)


@pytest.fixture(scope="session")
async def app(intake_url: str) -> AsyncIterator[FastAPI]:
    app = create_app(settings(as_service(intake_url, "intake_api"), IntakeSettings))
    yield app
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


@pytest.fixture(scope="session")
async def copy(intake_url: str) -> AsyncIterator[FastAPI]:
    """A second copy of the service on the same database."""
    app = create_app(settings(as_service(intake_url, "intake_api"), IntakeSettings))
    yield app
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


@pytest.fixture
def now(app: FastAPI, copy: FastAPI) -> Iterator[Clock]:
    """The time is noon until a test says otherwise."""
    clock = Clock(NOON)

    async def read() -> datetime:
        return clock.now

    for one in (app, copy):
        one.dependency_overrides[now_dependency] = read
    yield clock
    for one in (app, copy):
        one.dependency_overrides.clear()


@pytest.fixture
async def client(app: FastAPI, now: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        yield client


@pytest.fixture
async def other(copy: FastAPI, now: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(copy), base_url="http://intake") as client:
        yield client


@pytest.fixture(scope="session")
async def database(intake_url: str) -> AsyncIterator[AsyncEngine]:
    """By its owner, for what a test sets up or looks up."""
    engine = create_async_engine(intake_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def committed(database: AsyncEngine) -> Sessions:
    return create_sessions(database)
