"""One database for all of these tests, with a registry and one report in each status: made once, never changed.

A test works on it in a transaction that is rolled back, over one connection that keeps its prepared statements.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from intake_api.app import create_app as create_intake
from routing_service.app import create_app
from routing_service.competence.boundaries import apart
from routing_service.competence.boundaries import service as boundaries
from routing_service.competence.knowledge import Knowledge
from routing_service.report.reading.identities import IntakeIdentities
from shared import transactions
from shared.clock import now_dependency
from shared.database import Sessions, create_sessions
from shared.domain.lifecycle import Level, Status
from shared.http.limits.counters import Counters
from shared.http.limits.rules import counted_by, rules_of
from shared.http.tokens import Signer
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import IntakeSettings, RoutingSettings
from tests.conftest import clone, drop
from tests.factories import DAY, NOON, RING, a_registry, settings
from tests.routing_service.driving import STATUSES, SURVIVOR, Clock, Office

NOWHERE = "postgresql://lapor_routing@nowhere/nothing"


@dataclass(frozen=True)
class World:
    engine: AsyncEngine
    reports: Mapping[Status, UUID]  #: held by SAMARINDA-PU from the assignment on
    arrived: UUID  #: received, and held by the coordinator of SAMARINDA


@pytest.fixture(scope="session")
def service() -> FastAPI:
    """The whole service, put together once; `on` gives it a database and a time."""
    return create_app(settings(NOWHERE, RoutingSettings))


class AsReader:
    """Sessions of requests: a GET reads as it does by the login of the service, within the transaction of a test."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def __call__(self) -> AsyncSession:
        return self._sessions()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        reader = transactions.reader()
        async with self._sessions.begin() as session:
            if reader is not None:
                await session.execute(_BECOME, {"role": reader})
            yield session
            if reader is not None:
                await session.execute(_BECOME, {"role": "none"})


_BECOME = text(
    "SELECT set_config('role', :role, true), set_config('lapor.reach', '', true),"
    " set_config('lapor.reach_at_work', '', true), set_config('lapor.reach_open', '', true)"
)


def on(service: FastAPI, sessions: Sessions, clock: Clock, **changes: Any) -> FastAPI:
    async def now() -> datetime:
        return clock.now

    service.state.sessions, service.state.jobs = AsReader(sessions), sessions
    service.state.settings = settings(NOWHERE, RoutingSettings, **changes)
    service.state.keys = Keys(service.state.settings)  # a test may have changed them
    rules = rules_of(service.state.settings, counted_by("routing"))
    service.state.counters = Counters(sessions, service.state.keys, rules)
    service.state.knowledge = Knowledge(CollectorRegistry())  # another database, other rules
    service.state.identities = asking_intake(sessions)
    service.dependency_overrides[now_dependency] = now
    return service


@cache
def _intake() -> FastAPI:
    return create_intake(settings(NOWHERE, IntakeSettings))


def asking_intake(sessions: Sessions) -> IntakeIdentities:
    """The real intake_api on the same database, without a network between the two."""
    intake = _intake()
    intake.state.sessions = sessions
    http = httpx.AsyncClient(transport=httpx.ASGITransport(intake))
    signer = Signer(lambda: RING.current(KeyPurpose.SERVICE))
    return IntakeIdentities(settings(NOWHERE, RoutingSettings), signer, http)


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://routing") as client:
        yield client


@pytest.fixture(scope="session")
async def world(server: URL, template: URL, service: FastAPI) -> AsyncIterator[World]:
    url = await clone(server, template)
    engine = create_async_engine(url)
    sessions = create_sessions(engine)
    clock = Clock(NOON)
    async with calling(on(service, sessions, clock)) as http:
        async with sessions.begin() as session:
            await a_registry(session)
        office = Office(sessions, service, http, clock, {})
        await office.made(Status.ASSIGNED, tracking_number=SURVIVOR, received_at=NOON - DAY)
        reports: dict[Status, UUID] = {status: await office.made(status) for status in STATUSES}
        arrived = await office.report(holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA")
    yield World(engine, reports, arrived)
    await engine.dispose()
    await drop(server, url)


@pytest.fixture(scope="session")
async def connection(world: World) -> AsyncIterator[AsyncConnection]:
    async with world.engine.connect() as connection:
        yield connection


@pytest.fixture
async def session(connection: AsyncConnection) -> AsyncIterator[AsyncSession]:
    transaction = await connection.begin()
    async with AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        yield session
    await transaction.rollback()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def app(service: FastAPI, connection: AsyncConnection, session: AsyncSession, clock: Clock) -> FastAPI:
    """On the transaction of this test: what a request commits ends a savepoint of it."""
    sessions = async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    return on(service, sessions, clock)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as client:
        yield client


@pytest.fixture
def office(session: AsyncSession, app: FastAPI, http: httpx.AsyncClient, clock: Clock, world: World) -> Office:
    """Hands to act with."""
    return Office(session, app, http, clock, world.reports)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outlines that are imported are read in this process: starting one of their own is most of such a test's time."""

    async def read(document: Any, known: Mapping[str, str], *, code_property: str | None) -> apart.Read:
        prepared = boundaries.prepare(document, known, code_property=code_property)
        return prepared.outlines, prepared.overlaps

    monkeypatch.setattr(apart, "read_apart", read)


@pytest.fixture
async def busy(service: FastAPI, sessions: Sessions, clock: Clock) -> AsyncIterator[Office]:
    """An office on a database of its own, where requests commit and run side by side."""
    async with sessions.begin() as session:
        await a_registry(session)
    async with calling(on(service, sessions, clock)) as client:
        yield Office(sessions, service, client, clock, {})
