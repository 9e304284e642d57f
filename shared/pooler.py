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
            self._known = await self._keeps()
        return self._known

    async def _keeps(self) -> bool:
        """Two connections prepare statements of one name: only sessions of their own keep them apart."""
        name = f"lapor_{uuid4().hex}"
        async with self._engine.connect() as first, self._engine.connect() as second:
            one, other = [await _driver(connection) for connection in (first, second)]
            try:
                prepared = await one.prepare("SELECT 1", name=name)
                await other.prepare("SELECT 2", name=name)
                return bool(await prepared.fetchval() == 1)
            except asyncpg.PostgresError as error:
                if is_forgotten(error):
                    return False
                raise


async def _driver(connection: Any) -> asyncpg.Connection:
    return (await connection.get_raw_connection()).driver_connection
