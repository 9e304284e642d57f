"""One transaction for each request and for each unit of background work.

Application code never commits: `Session` does when the endpoint returns and `sessions.begin()` when a job's block ends.
"""

import itertools
from collections.abc import AsyncIterator, Callable
from enum import StrEnum, auto
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from shared.actors import is_actor
from shared.addresses import asyncpg_url
from shared.clients import CLIENT, Client
from shared.settings import Settings
from shared.transactions import Bounds, connection_class, within

Sessions = async_sessionmaker[AsyncSession]

_RELEASE_WHEN_IDLE = text("SELECT set_config('idle_in_transaction_session_timeout', :timeout, true)")
_RELEASE_OR_GIVE_UP = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :timeout, true), set_config('lock_timeout', :lock, true)"
)
_LOCK_NOT_AVAILABLE = "55P03"

#: A request that is suspended, or whose process is, holds what it locked no longer than this.
REQUEST_IDLE_SECONDS = 15
COMMAND_SECONDS = 30.0
CONNECT_SECONDS = 5.0
#: Nobody is kept waiting by a job that waits for a connection.
JOB_CONNECT_SECONDS = 60.0


class Pool(StrEnum):
    """Who shares connections. A flood of requests takes none from deliveries, the sweep and the workers."""

    REQUESTS = auto()
    JOBS = auto()


def create_engine(settings: Settings, process: str, *, pool: Pool = Pool.REQUESTS, **options: Any) -> AsyncEngine:
    """No pre-ping: it costs the hot path a round trip; a lost connection answers one request with 503."""
    jobs = pool is Pool.JOBS
    seconds = settings.job_statement_seconds if jobs else settings.statement_seconds
    return create_async_engine(
        asyncpg_url(settings.database_url),
        pool_size=settings.jobs_pool_size if jobs else settings.pool_size,
        max_overflow=0,  # a connection beyond the pool would be opened and closed again for each request
        pool_timeout=JOB_CONNECT_SECONDS if jobs else CONNECT_SECONDS,
        hide_parameters=True,  # errors are logged, and parameters are citizens' words
        connect_args={
            "timeout": CONNECT_SECONDS,
            # The server ends a statement; this is for a server that does not answer any more.
            "command_timeout": max(COMMAND_SECONDS, seconds + CONNECT_SECONDS),
            "statement_cache_size": settings.statement_cache_size,
            "prepared_statement_cache_size": settings.statement_cache_size,
            "prepared_statement_name_func": _names(settings.statement_cache_size),
            # The one startup parameter that PgBouncer lets through.
            "server_settings": {"application_name": f"lapor {process}"},
            "connection_class": connection_class(Bounds(seconds)),
        },
        **options,
    )


def _names(cached: int) -> Callable[[], str | None]:
    """Of prepared statements: nobody else's, so that behind a pooler that mixes up sessions one is missing, and never
    that of another process is carried out instead. None: it is not kept, and has no name.
    """
    numbers, ours = itertools.count(), uuid4().hex
    return (lambda: f"lapor_{ours}_{next(numbers)}") if cached else (lambda: None)


def create_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


async def release_when_idle(session: AsyncSession, *, seconds: int, lock_seconds: float | None = None) -> None:
    """Have the server end this transaction if nothing comes from us in it for so long.

    For work that locks rows: a process that is suspended in the middle of it would hold them until it is woken. Set for
    the transaction alone, as a PgBouncer in transaction mode demands. `lock_seconds`: how long it waits for a lock of
    somebody else; what fails then `is_locked`.
    """
    if lock_seconds is None:
        await session.execute(_RELEASE_WHEN_IDLE, {"timeout": f"{seconds}s"})
    else:
        parameters = {"timeout": f"{seconds}s", "lock": f"{round(lock_seconds * 1000)}ms"}
        await session.execute(_RELEASE_OR_GIVE_UP, parameters)


def is_locked(error: Exception) -> bool:
    """Whether an error means that somebody else held a lock for longer than we wait for it."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    state = request.app.state
    sessions: Sessions = state.sessions
    reads = request.method == "GET"
    settings: Settings = state.settings
    if reads:
        bounds = Bounds(state.read_seconds, reader=state.reads_as(request))
    else:
        bounds = Bounds(settings.statement_seconds, REQUEST_IDLE_SECONDS, _actor_of(request))
    with within(bounds):
        async with sessions.begin() as session:
            yield session
    if not reads:
        state.wake()  # what was committed may have put events into the outbox


def _actor_of(request: Request) -> str | None:
    client: Client | None = request.scope.get(CLIENT)
    return client.actor if client is not None and is_actor(client.actor) else None


# scope="function": commit before the response leaves. FastAPI's default would send "201 Created" first and only then
# find out whether the commit succeeds.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
