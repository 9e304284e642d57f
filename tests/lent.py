"""A database that one test after another has to itself: each finds it as it was when it was cloned.

Making a database, connecting to it and learning its tables is most of what a short test costs. So a worker keeps one of
each kind, with its connections, and after each test gives it back the rows that it had. Where more was changed than
rows (a table, a right, the planner's statistics), or much, or somebody is still at work, it is given up for a new one.
"""

import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

#: More connections are seldom needed again, and the server has its limit.
KEPT, AT_ONCE = 4, 40
#: What is deleted stays in the files of a table: nobody vacuums here.
MOST_TESTS, MOST_ROWS = 60, 1000

_CATALOG = """
    SELECT ARRAY[
        (SELECT (count(*), max(xmin::text::bigint), sum(reltuples))::text FROM pg_class WHERE relpersistence <> 't'),
        (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_attribute),
        (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_constraint),
        (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_proc),
        (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_trigger),
        (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_policy),
        (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_namespace),
        (SELECT count(*)::text FROM pg_statistic)
    ]
"""
_OTHERS_AT_WORK = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
    )
"""
#: Triggers and foreign keys stay out of it, and so does whoever holds a lock for long.
_ALONE = "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '2s'"
_RELATIONS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = $1::text::"char" ORDER BY relname
"""
#: What says that the rows of a table are those of before: a change leaves its transaction, a deletion a smaller number.
_ROWS = "SELECT (count(*), max(xmin::text::bigint))::text FROM {}"


@dataclass
class Lent:
    url: URL
    engine: AsyncEngine
    _rows: dict[str, str] = field(default_factory=dict)  #: by table
    _copies: dict[str, bytes] = field(default_factory=dict)  #: by table, of those that are not empty
    _sequences: dict[str, str] = field(default_factory=dict)
    _catalog: Any = None
    _tests: int = 0

    @classmethod
    async def of(cls, url: URL, **arguments: Any) -> "Lent":
        """That has just been cloned."""
        one = cls(url, create_async_engine(url, pool_size=KEPT, max_overflow=AT_ONCE - KEPT, connect_args=arguments))
        async with one._by_hand() as by_hand:
            for (name,) in await by_hand.fetch(_RELATIONS, "r"):
                one._rows[name] = await by_hand.fetchval(_ROWS.format(name))
                if await by_hand.fetchval(f"SELECT EXISTS (SELECT FROM {name})"):
                    copy = io.BytesIO()
                    await by_hand.copy_from_table(name, output=copy)
                    one._copies[name] = copy.getvalue()
            for (name,) in await by_hand.fetch(_RELATIONS, "S"):
                row = await by_hand.fetchrow(f"SELECT last_value, is_called FROM {name}")
                one._sequences[name] = f"{row['last_value']}, {row['is_called']}"
            one._catalog = await by_hand.fetchval(_CATALOG)
        return one

    @asynccontextmanager
    async def _by_hand(self) -> AsyncIterator[asyncpg.Connection]:
        """Over a connection of the pool, which knows the tables."""
        async with self.engine.connect() as connection:
            by_hand = (await connection.get_raw_connection()).driver_connection
            assert by_hand is not None
            yield by_hand

    async def is_as_before(self) -> bool:
        """After a test: it has its rows again. False where it has to be given up."""
        self._tests += 1
        with contextlib.suppress(asyncpg.PostgresError, SQLAlchemyError, OSError, TimeoutError):
            return self._tests < MOST_TESTS and await self._put_back() and await self._forgotten()
        return False

    async def _put_back(self) -> bool:
        async with self._by_hand() as by_hand:
            if await by_hand.fetchval(_CATALOG) != self._catalog or await by_hand.fetchval(_OTHERS_AT_WORK):
                return False
            changed: dict[str, bool] = dict(await by_hand.fetch(self._changed()))
            if any(changed.values()):
                return False
            if not changed:
                return True
            async with by_hand.transaction():
                await by_hand.execute(";".join([_ALONE, *map(self._back, changed)]))
                for name in changed.keys() & self._copies.keys():
                    await by_hand.copy_to_table(name, source=io.BytesIO(self._copies[name]))
                    self._rows[name] = await by_hand.fetchval(_ROWS.format(name))
        return True

    def _changed(self) -> str:
        """The names of tables and sequences, each with whether so many rows came that a new database is cheaper."""
        grown = f"EXISTS (SELECT FROM {{0}} OFFSET {MOST_ROWS})"
        empty = "EXISTS (SELECT FROM {0})"
        return " UNION ALL ".join([
            *(
                f"SELECT '{name}', " + grown.format(name) + " WHERE "
                + (f"({_ROWS.format(name)}) <> '{rows}'" if name in self._copies else empty.format(name))
                for name, rows in self._rows.items()
            ),
            *(
                f"SELECT '{name}', false FROM {name} WHERE (last_value, is_called) <> ({state})"
                for name, state in self._sequences.items()
            ),
        ])  # fmt: skip

    def _back(self, name: str) -> str:
        return f"DELETE FROM {name}" if name in self._rows else f"SELECT setval('{name}', {self._sequences[name]})"

    async def _forgotten(self) -> bool:
        """What a test said to a connection: it is kept open for the next."""
        pool: Any = self.engine.pool
        if pool.checkedout():
            return False
        async with AsyncExitStack() as stack:
            for _ in range(pool.checkedin()):
                by_hand = await stack.enter_async_context(self._by_hand())
                await by_hand.execute("RESET ALL")
        return True
