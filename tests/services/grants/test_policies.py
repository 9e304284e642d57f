"""Row-level security: what a GET sees of reports and messages, whatever its conditions forget."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, cast
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.routing import APIRoute
from sqlalchemy import URL, ColumnElement, func, insert, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from intake_api.reports import queries
from services.grants.table import LOGIN_OF
from shared.clients import CLIENT, Client, Role, Scope
from shared.database import Sessions, create_engine, create_sessions
from shared.domain.lifecycle import Level, Status
from shared.domain.messages import MessageKind
from shared.errors import Forbidden
from shared.http.readers import reads_as
from shared.ids import new_id
from shared.queries.reach import PUBLISHED, reach_of
from shared.reading import READERS
from shared.schema import Message, Report
from shared.transactions import Bounds, within
from tests.conftest import clone, drop
from tests.factories import NOON, a_registry, a_report, settings
from tests.logins import as_service

HOLDERS = (
    (Level.NATIONAL, None), (Level.COORDINATOR, "SAMARINDA"), (Level.AGENCY, "SAMARINDA"),
    (Level.AGENCY, "SAMARINDA-PU"), (Level.AGENCY, "SAMARINDA-PU-JALAN"), (Level.COORDINATOR, "BALIKPAPAN"),
    (Level.AGENCY, "BALIKPAPAN-PU"),
)  # fmt: skip
CLIENTS = [
    Client("one", Role.NATIONAL_ADMIN), Client("two", Role.SUPERVISOR),
    *(Client("province", Role.SUPERVISOR, agency) for agency in ("KALTIM", "BALIKPAPAN", "NOBODY")),
    Client("granted", Role.SUPERVISOR, "KALTIM", frozenset({Scope.SECRET.value})),
    *(Client("three", Role.COORDINATOR, agency) for agency in ("SAMARINDA", "BALIKPAPAN", "NOBODY")),
    *(
        Client("four", role, agency)
        for role, agency in product(
            (Role.LIAISON_OFFICER, Role.AGENCY_HEAD),
            ("SAMARINDA", "SAMARINDA-PU", "SAMARINDA-PU-JALAN", "KALTIM", "NOBODY"),
        )
    ),
    Client("five", Role.CHANNEL, "SAMARINDA-PU", frozenset({Scope.WORK.value})),
]  # fmt: skip
OPERATOR = Client("six", Role.OPERATOR)


_SEEN = cast("ColumnElement[str]", Report.seen_region_code)


@dataclass(frozen=True)
class Stored:
    url: str
    owner: Sessions


@pytest.fixture(scope="module")
async def stored(server: URL, template: URL) -> AsyncIterator[Stored]:
    """A report for each holder, secret or not, published or not, hidden or not; a message for each."""
    url = await clone(server, template)
    engine = create_async_engine(url)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        await a_registry(session)
        for (level, agency), secret, published, status in product(
            HOLDERS, (False, True), (None, NOON), (Status.VERIFIED, Status.ARCHIVED)
        ):
            report_id = await a_report(
                session, holder_level=level, holder_agency_code=agency, secret=secret, published_at=published,
                status=status,
            )  # fmt: skip
            await session.execute(insert(Message).values(a_message(report_id)))
    yield Stored(url.render_as_string(hide_password=False), sessions)
    await engine.dispose()
    await drop(server, url)


def a_message(report_id: UUID) -> dict[str, Any]:
    return {
        "id": new_id(), "report_id": report_id, "kind": MessageKind.REPLY, "body": "Terima kasih.", "salt": bytes(16),
        "author": "reporter", "created_at": NOON,
    }  # fmt: skip


@pytest.fixture(scope="module", params=list(LOGIN_OF))
async def engine(stored: Stored, request: pytest.FixtureRequest) -> AsyncIterator[AsyncEngine]:
    """A service's own, with one connection: statements are prepared once, and their plans kept."""
    known = settings(as_service(stored.url, request.param), pool_size=1)
    engine = create_engine(known, request.param)
    yield engine
    await engine.dispose()


def a_get(path: str, client: Client | None) -> Request:
    async def answer() -> None: ...

    return Request({"type": "http", "method": "GET", "route": APIRoute(path, answer), CLIENT: client})


@asynccontextmanager
async def reading(engine: AsyncEngine, client: Client | None, path: str = "/v1/reports") -> AsyncIterator[AsyncSession]:
    """As `get_session` opens it for a GET."""
    bounds = Bounds(5, reader=reads_as(engine.url.render_as_string(hide_password=False))(a_get(path, client)))
    with within(bounds):
        async with create_sessions(engine).begin() as session:
            yield session


async def seen(session: AsyncSession) -> set[UUID]:
    return set(await session.scalars(select(Report.id)))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: f"{one.role}-{one.agency}")
async def test_without_any_condition_a_reader_sees_what_the_conditions_of_their_reach_say(
    stored: Stored, engine: AsyncEngine, client: Client
) -> None:
    async with stored.owner() as session:
        condition = or_(PUBLISHED, (await reach_of(session, client)).condition())
        expected = set(await session.scalars(select(Report.id).where(condition)))

    async with reading(engine, client) as session:
        await reach_of(session, client)
        assert await seen(session) == expected
        assert set(await session.scalars(select(Message.report_id))) == expected


@pytest.mark.parametrize("client", [None, OPERATOR, CLIENTS[2], CLIENTS[-1]])
async def test_whoever_was_not_told_about_sees_what_everybody_may_know(
    stored: Stored, engine: AsyncEngine, client: Client | None
) -> None:
    async with stored.owner() as session:
        public = set(await session.scalars(select(Report.id).where(PUBLISHED)))

    async with reading(engine, client) as session:
        assert await seen(session) == public
        assert set(await session.scalars(select(Message.report_id))) == public
    assert 0 < len(public) < len(HOLDERS) * 8


@pytest.mark.parametrize("condition", [_SEEN == "64.72.01", func.starts_with(_SEEN, "64.72.")])
async def test_the_index_of_places_is_asked_beneath_row_security(
    stored: Stored, engine: AsyncEngine, condition: ColumnElement[bool]
) -> None:
    statement = select(Report.id).where(queries.PUBLISHED, condition)
    async with reading(engine, None) as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {compiled}".replace(":", r"\:"))))

    assert "reports_seen_region_idx" in plan
    assert "Index Cond" in plan


async def test_an_operator_reaches_no_more(engine: AsyncEngine) -> None:
    async with reading(engine, OPERATOR) as session:
        with pytest.raises(Forbidden):
            await reach_of(session, OPERATOR)


async def test_a_report_that_is_named_and_all_that_is_no_get_see_everything(
    stored: Stored, engine: AsyncEngine
) -> None:
    """The rules of the first are in the code; the second acts, delivers, sweeps or computes."""
    everything = len(HOLDERS) * 8
    async with reading(engine, None, "/v1/reports/{id}/clocks") as session:
        assert len(await seen(session)) == everything
    async with create_sessions(engine).begin() as session:
        assert len(await seen(session)) == everything
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM reports")) == everything


async def test_what_one_transaction_was_told_the_next_does_not_know(stored: Stored, engine: AsyncEngine) -> None:
    """On the same connection, with the same prepared statements."""
    coordinator = CLIENTS[2]
    counts = []
    for client in (CLIENTS[0], None, coordinator, None, CLIENTS[0], coordinator) * 2:
        async with reading(engine, client) as session:
            if client is coordinator:
                await reach_of(session, client)
            counts.append(len(await seen(session)))

    assert counts[:6] == counts[6:]
    assert counts[0] == counts[4] > counts[2] == counts[5] > counts[1] == counts[3]


async def test_a_get_changes_no_report_and_no_message(stored: Stored, engine: AsyncEngine) -> None:
    """Not even what the service itself may change."""
    changes = ("UPDATE reports SET access_code_hash = '' ", "UPDATE reports SET status = 'closed'")
    for statement in changes:
        async with reading(engine, OPERATOR) as session:
            with contextlib.suppress(DBAPIError):  # not granted to this one
                result: Any = await session.execute(text(statement))
                assert result.rowcount == 0
            await session.rollback()
    async with stored.owner() as session:
        assert await session.scalar(select(Report.id).where(Report.status == Status.CLOSED)) is None


def test_a_login_that_is_none_of_ours_has_no_role_to_read_by() -> None:
    assert reads_as("postgresql://lapor:x@db/lapor")(a_get("/v1/reports", None)) is None


def cases() -> Iterator[tuple[str, Client | None, bool]]:
    for path in ("/v1/reports", "/v1/overdue", "/v1/escalations/{id}"):
        yield path, None, False
        yield path, OPERATOR, False
        yield path, Client("s", Role.SUPERVISOR), True
    for path in ("/v1/reports/{id}", "/v1/reporters/{reporter_reference}/reports", "/v1/events"):
        yield path, None, True


@pytest.mark.parametrize(("path", "client", "whole"), list(cases()))
def test_who_reads_as_the_service_itself(path: str, client: Client | None, whole: bool) -> None:
    login = LOGIN_OF["intake_api"].value
    reads = reads_as(f"postgresql://{login}:x@db/lapor", whole=("/v1/events",))

    assert reads(a_get(path, client)) == (None if whole else READERS[login])
