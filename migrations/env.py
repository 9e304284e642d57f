"""How Alembic reaches the database: `lapor migrate`, or `alembic` with LAPOR_DATABASE_URL."""

import asyncio
import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.addresses import asyncpg_url
from shared.schema import Model

ADVISORY_LOCK = 62_2018


def address() -> str:
    url = context.config.attributes.get("url") or os.environ.get("LAPOR_DATABASE_URL")
    if not url:
        raise CommandError("Name the database in LAPOR_DATABASE_URL, or call `lapor migrate`.")
    return asyncpg_url(str(url))


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Model.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    # Nothing is prepared: a pooler in front of the database may give each transaction another session of the server.
    unprepared = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    engine = create_async_engine(address(), poolclass=NullPool, hide_parameters=True, connect_args=unprepared)
    try:
        async with engine.connect() as guard, engine.connect() as connection:
            # Two that migrate at once do it one after the other. A lock of a transaction, not of a session.
            await guard.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            await connection.run_sync(run)
    finally:
        await engine.dispose()


asyncio.run(main())
