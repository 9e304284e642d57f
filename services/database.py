"""Is the database there, new enough and migrated? And what makes it so."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from services.trouble import CannotRun
from shared.addresses import BadAddress, asyncpg_url
from shared.errors import Unavailable
from shared.http.web import applied_revision
from shared.log.feed import readers_horizon
from shared.reading import READERS
from shared.revision import BASE, REVISION

if TYPE_CHECKING:
    from alembic.config import Config

OLDEST = 15
PROJECT = Path(__file__).resolve().parent.parent


def engine_for(url: str, **options: object) -> AsyncEngine:
    """Connections for a command: made when needed, closed after use unless `poolclass` says otherwise."""
    return create_async_engine(
        asyncpg_url(url),
        hide_parameters=True,  # a traceback on a terminal is read by others, too
        connect_args={
            "timeout": 10,
            "statement_cache_size": 0,
            "server_settings": {"application_name": "lapor command"},
        },
        **{"poolclass": NullPool, **options},
    )


def without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def require_version(server_version_num: int) -> None:
    """PostgreSQL writes 15.4 as 150004."""
    if server_version_num < OLDEST * 10_000:
        raise CannotRun(
            f"The database is PostgreSQL {server_version_num // 10_000} and lapor needs {OLDEST} or newer: "
            f"upgrade it, or unset LAPOR_DATABASE_URL to use the one that comes along."
        )


async def has_boundaries(url: str) -> bool:
    """Whether any are in force, of a database that is migrated."""
    engine = engine_for(url)
    try:
        async with engine.connect() as connection:
            return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM boundary_sets WHERE active)")))
    finally:
        await engine.dispose()


async def check_reachable(url: str) -> None:
    """Raises CannotRun if the database does not answer, does not let us in or is too old."""
    try:
        engine = engine_for(url)
    except BadAddress as error:
        raise CannotRun(str(error)) from error
    except (ArgumentError, ValueError) as error:
        raise CannotRun(
            "LAPOR_DATABASE_URL is no address of a database: write postgresql://user:password@host:port/name."
        ) from error
    try:
        async with engine.connect() as connection:
            version = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    except (OSError, SQLAlchemyError, asyncpg.PostgresError, TimeoutError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        raise CannotRun(
            f"The database {without_password(url)} cannot be reached ({reason[0]}): start it or correct "
            f"LAPOR_DATABASE_URL, or unset that to use the one that comes along."
        ) from error
    finally:
        await engine.dispose()
    require_version(int(version or 0))


async def _applied(url: str) -> str | None:
    engine = engine_for(url)
    try:
        async with engine.connect() as connection:
            return await applied_revision(connection)
    finally:
        await engine.dispose()


def _require_released(url: str, applied: str | None) -> None:
    """Before the base there were migrations that are kept no longer."""
    if applied is not None and applied < BASE:
        raise CannotRun(
            f"The database {without_password(url)} was made by a version from before the first release, and nothing "
            f"leads from there to this one. Start anew: move the folder of LAPOR_HOME (.lapor, if you name none) away, "
            f"or name an empty database in LAPOR_DATABASE_URL; only a version of that time reads the old one."
        )


async def check_migrated(url: str) -> None:
    """Raises CannotRun if a migration is missing. A database that is ahead is fine: releases overlap."""
    applied = await _applied(url)
    _require_released(url, applied)
    if applied is None or applied < REVISION:
        raise CannotRun(f"The database {without_password(url)} is not migrated to this version: run `make migrate`.")


async def check_log_goes_on(url: str) -> None:
    """Raises CannotRun where the log was restored into a server that counts transactions anew: what was written now
    would stand before what readers of the log have read, and nobody would ever hear of it.
    """
    engine = engine_for(url)
    try:
        async with AsyncSession(engine) as session:
            await readers_horizon(session)
    except Unavailable as trouble:
        raise CannotRun(trouble.detail) from None
    finally:
        await engine.dispose()


async def check_granted(url: str) -> None:
    """Raises CannotRun if a service's own login lacks the role that it reads by: all its GETs would fail."""
    reader = READERS.get(make_url(url).username or "")
    if reader is None:
        return
    engine = engine_for(url)
    try:
        async with engine.connect() as connection:
            known = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :reader AND pg_has_role(oid, 'MEMBER'))")
            if not await connection.scalar(known, {"reader": reader}):
                raise CannotRun(f"The login of {without_password(url)} lacks the role {reader}: run `lapor grants`.")
    finally:
        await engine.dispose()


async def create_if_missing(server_url: str, name: str) -> None:
    """`name` is ours, never from outside: it is part of the statement."""
    engine = engine_for(server_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            known = await connection.scalar(text("SELECT true FROM pg_database WHERE datname = :name"), {"name": name})
            if not known:
                await connection.execute(text(f'CREATE DATABASE "{name}"'))
    finally:
        await engine.dispose()


def alembic_config(url: str) -> "Config":
    from alembic.config import Config  # here, because every service loads this module when it starts

    config = Config(toml_file=PROJECT / "pyproject.toml")
    config.attributes["url"] = url
    return config


async def migrate(url: str) -> None:
    """Bring the schema to the newest version; raises CannotRun if no migration leads from where it stands to there."""
    from alembic import command
    from alembic.script import ScriptDirectory

    applied = await _applied(url)
    _require_released(url, applied)
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config(url)).walk_revisions()}
    if applied is not None and applied not in known:
        raise CannotRun(
            f"The database {without_password(url)} stands at migration {applied}, which this version does not know: "
            f"a newer version has migrated it. Use that version."
        )
    # In a thread: Alembic runs a loop of its own.
    await asyncio.to_thread(command.upgrade, alembic_config(url), "head")
