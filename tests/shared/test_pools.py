"""Requests and jobs have connections of their own, and every transaction says how long its statements may take."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from shared.database import Pool, Session, create_engine
from shared.http import problems, web
from shared.http.openapi.said import Said
from shared.pooler import Pooler, is_forgotten
from shared.settings import Settings
from tests.conftest import clone, drop
from tests.factories import settings

router = APIRouter()
_BOUNDS = text("SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')")


async def bounds(session: Session) -> list[str]:
    return list((await session.execute(_BOUNDS)).one())


router.add_api_route("/bounds", bounds, methods=["GET", "POST"])


@router.get("/slow")
async def slow(session: Session) -> None:
    await session.execute(text("SELECT pg_sleep(30)"))


@pytest.fixture(scope="module")
async def url(server: URL, template: URL) -> AsyncIterator[str]:
    url = await clone(server, template)
    yield url.render_as_string(hide_password=False)
    await drop(server, url)


def configuration(url: str) -> Settings:
    chosen: Settings = settings(url, pool_size=2, jobs_pool_size=2, public_statement_seconds=20, statement_seconds=70)
    return chosen


@pytest.fixture
async def app(url: str) -> AsyncIterator[FastAPI]:
    chosen = configuration(url)
    engine, jobs = create_engine(chosen, "test"), create_engine(chosen, "test", pool=Pool.JOBS)
    app = web.create_app("test", engine, chosen, router, said=Said("Test", "Test"), jobs=jobs)
    app.state.read_seconds = chosen.public_statement_seconds
    yield app
    await engine.dispose()
    await jobs.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        yield client


async def test_each_kind_of_request_and_every_job_has_its_time(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await client.get("/bounds")).json() == ["20s", "0"]
    assert (await client.post("/bounds")).json() == ["70s", "15s"]
    async with app.state.jobs.begin() as session:
        assert list((await session.execute(_BOUNDS)).one()) == ["2min", "0"]
    async with app.state.sessions.begin() as session, session.begin_nested():
        assert list((await session.execute(_BOUNDS)).one()) == ["70s", "0"]


async def test_the_time_ends_with_the_transaction(app: FastAPI, client: httpx.AsyncClient) -> None:
    await client.get("/bounds")

    async with app.state.engine.connect() as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        assert list((await connection.execute(_BOUNDS)).one()) == ["0", "0"]


async def test_what_takes_too_long_is_told_so_and_leaves_the_connection_whole(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    usual, app.state.read_seconds = app.state.read_seconds, 0.2
    answer = await client.get("/slow")
    app.state.read_seconds = usual

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "too_slow", "5")
    assert (await client.get("/bounds")).status_code == 200


async def test_requests_that_hold_all_their_connections_take_none_from_jobs(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    async with app.state.engine.connect(), app.state.engine.connect():
        assert app.state.engine.pool.checkedout() == 2

        async with app.state.jobs.begin() as session:
            assert await session.scalar(text("SELECT 1")) == 1
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200


async def test_a_pooler_that_mixes_up_prepared_statements_is_found(url: str) -> None:
    # One session of the server behind two connections of ours, as such a pooler gives them.
    engine = create_async_engine(url, poolclass=StaticPool)
    pooler = Pooler(engine, settings(url))

    assert not await pooler.keeps_statements()
    assert not await pooler.keeps_statements()
    assert await Pooler(engine, settings(url, statement_cache_size=0)).keeps_statements()
    await engine.dispose()


async def test_a_database_without_such_a_pooler_is_asked_once(url: str) -> None:
    engine = create_engine(configuration(url), "test")
    pooler = Pooler(engine, settings(url))

    assert await pooler.keeps_statements()
    await engine.dispose()
    assert await pooler.keeps_statements()
    assert engine.pool.checkedin() == 0  # type: ignore[attr-defined]


async def test_a_pooler_that_keeps_to_one_session_is_asked_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands in between gives a session another number than the server does."""
    monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda _: -1)
    engine = create_engine(configuration(url), "test")
    pooler = Pooler(engine, settings(url))

    assert await pooler.keeps_statements()
    await engine.dispose()
    assert await pooler.keeps_statements()
    assert engine.pool.checkedin() == 2  # type: ignore[attr-defined]
    await engine.dispose()


@pytest.mark.parametrize("cached", [0, 100])
async def test_no_two_processes_give_a_statement_the_same_name(url: str, cached: int) -> None:
    names = text("SELECT name FROM pg_prepared_statements")
    found = []
    for engine in [create_engine(settings(url, statement_cache_size=cached), "test") for _ in range(2)]:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            found.append(set(await connection.scalars(names)))
        await engine.dispose()

    assert found[0].isdisjoint(found[1])
    assert all(bool(some - {""}) is bool(cached) for some in found)


async def test_not_ready_with_such_a_pooler(app: FastAPI, client: httpx.AsyncClient, url: str) -> None:
    engine = create_async_engine(url, poolclass=StaticPool)
    app.state.pooler = Pooler(engine, settings(url))

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "statements_forgotten")
    assert "LAPOR_STATEMENT_CACHE_SIZE=0" in answer.json()["detail"]
    await engine.dispose()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.InvalidSQLStatementNameError("gone"), True),
        (asyncpg.DuplicatePreparedStatementError("there"), True),
        (DBAPIError("SELECT 1", {}, asyncpg.InvalidSQLStatementNameError("gone")), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (ValueError("else"), False),
    ],
)
def test_a_statement_that_was_mixed_up_is_known_by_its_code(error: Exception, expected: bool) -> None:
    assert is_forgotten(error) is expected
    assert not problems.is_too_slow(error)
