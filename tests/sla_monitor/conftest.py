import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now_dependency
from shared.database import get_session
from shared.pages.outlines import Outlines
from shared.settings import MonitorSettings
from sla_monitor.app import create_app
from sla_monitor.performance.kept import Kept
from sla_monitor.reference.service import Reference, References
from tests import factories
from tests.conftest import Lending, a_template, clone, drop, lending
from tests.sla_monitor.histories import end_of
from tests.sla_monitor.ruling import Ruling, fill, ruling
from tests.sla_monitor.stored import reference

NOW = end_of("2026-03-12")


class SeededReferences(References):
    """What seeding stores, for a database in which nothing is seeded."""

    async def current(self, session: AsyncSession) -> Reference:
        return reference()


@pytest.fixture(scope="session")
def service() -> FastAPI:
    """The whole monitor, put together once."""
    return create_app(factories.settings("postgresql://nobody@127.0.0.1:1/nothing", MonitorSettings))


@pytest.fixture
def app(service: FastAPI, session: AsyncSession) -> Iterator[FastAPI]:
    """The monitor within the transaction of the test, at a fixed time; its jobs do not run."""
    before = dict(service.state._state)
    service.dependency_overrides = {get_session: lambda: session, now_dependency: lambda: NOW}
    service.state.references, service.state.outlines = SeededReferences(), Outlines()  # of this test's database
    service.state.performances = Kept()  # likewise
    yield service
    service.state._state.clear()
    service.state._state.update(before)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sla") as client:
        yield client


@pytest.fixture(scope="session")
def ruled(server: URL, template: URL) -> URL:
    """A database with seeded rules and a small registry, to be cloned."""
    return a_template(server, "ruled", lambda url: asyncio.run(fill(url)), source=template)


@pytest.fixture(scope="session")
async def lend_ruled(server: URL, ruled: URL) -> AsyncIterator[Lending]:
    async with lending(server, ruled) as lend:
        yield lend


@pytest.fixture
async def rules(lend_ruled: Lending) -> AsyncIterator[Ruling]:
    """The monitor on a database of its own, and an operator who changes its rules."""
    async with lend_ruled() as database, ruling(database.url) as found:
        yield found


@pytest.fixture(scope="module")
async def refusing(server: URL, ruled: URL) -> AsyncIterator[Ruling]:
    """The same for tests that change nothing, since what they ask for is refused."""
    url = await clone(server, ruled)
    async with ruling(url) as found:
        yield found
    await drop(server, url)
