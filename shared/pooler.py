"""Finds out whether a pooler in front of the database keeps prepared statements apart.

A PgBouncer in transaction mode before 1.21, or without `max_prepared_statements`, gives a connection of ours now this
session of the server and now that one: a statement that was prepared is not there, or somebody else's is.
"""

from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.settings import Settings

FORGETFUL_POOLER = (
    "The pooler in front of the database forgets prepared statements: set LAPOR_STATEMENT_CACHE_SIZE=0, "
    "or use PgBouncer 1.21 or newer with max_prepared_statements."
)

#: SQLSTATEs of a statement that is gone, or that somebody else prepared: nothing was done.
_FORGOTTEN = frozenset({"26000", "42P05"})

#: So often a connection is tried out that keeps coming back to the same session of the server.
_TRIES = 10


def is_forgotten(error: Exception) -> bool:
    """Whether a statement failed because a pooler mixed up what was prepared."""
    cause = getattr(error, "orig", error)
    return getattr(cause, "sqlstate", None) in _FORGOTTEN


class Pooler:
    """Asks until it is known that all is well; a mistake is asked about again, since somebody may put it right."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self._engine = engine
        self._known = not settings.statement_cache_size

    async def keeps_statements(self) -> bool:
        if not self._known:
            async with self._engine.connect() as first, self._engine.connect() as second:
                kept = await _keeps(await _driver(first), await _driver(second))
            self._known = bool(kept)
            return kept is not False
        return True


async def _keeps(one: asyncpg.Connection, other: asyncpg.Connection) -> bool | None:
    """Whether a statement is there in whatever session of the server its connection is given next; None: it was given
    no other one, as by a pooler that does not share sessions.
    """
    name = f"lapor_{uuid4().hex}"
    try:
        prepared = await one.prepare("SELECT pg_backend_pid()", name=name)
        session = await prepared.fetchval()
        await other.prepare("SELECT 0", name=name)
        if session == one.get_server_pid():
            return True  # nobody stands in between
        for _ in range(_TRIES):
            async with other.transaction():  # keeps a session, as a rule the one that was used last
                await other.fetchval("SELECT 0")
                found = await prepared.fetchval()
            if found != session:
                return bool(found)
    except asyncpg.PostgresError as error:
        if is_forgotten(error):
            return False
        raise
    return None


async def _driver(connection: Any) -> asyncpg.Connection:
    return (await connection.get_raw_connection()).driver_connection
