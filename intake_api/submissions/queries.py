"""The one statement that writes a report, and what submissions read of the registry."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from intake_api.identities import sealing
from shared import pooler
from shared.clients import Client
from shared.errors import Unavailable
from shared.http import idempotency
from shared.http.problems import is_away
from shared.log.events import FOLLOWERS, EventType
from shared.queries.lines import line_of

_COLUMNS = {
    "id": "uuid",
    "tracking_number": "text",
    "access_code_hash": "bytea",
    "title": "text",
    "body": "text",
    "salt": "bytea",
    "private_salt": "bytea",
    "occurred_on": "date",
    "location_text": "text",
    "latitude": "float8",
    "longitude": "float8",
    "region_code": "text",
    "target_agency_code": "text",
    "channel": "text",
    "client_id": "text",
    "external_reference": "text",
    "entered_by": "text",
    "reporter_id": "uuid",
    "reporter_reference_hash": "bytea",
    "imported": "bool",
    "received_at": "timestamptz",
    "recorded_at": "timestamptz",
    "classification": "text",
    "category_code": "text",
    "subject_code": "text",
    "anonymous": "bool",
    "secret": "bool",
    "holder_level": "text",
    "holder_agency_code": "text",
}

_FREE = "go AS (SELECT)"
# One request at a time for a key; the lock ends with the transaction, so that a crash leaves nothing "running".
_ONCE = """
    known AS (
        SELECT k.key_hash, k.request_hash, r.id, r.tracking_number, r.received_at, r.access_code_hash,
               k.created_at < now() - make_interval(days => CAST(:days AS int)) AS over
        FROM idempotency_keys k JOIN reports r ON r.id = k.report_id
        WHERE k.key_hash = ANY (CAST(:key_hashes AS bytea[]))
    ), gate AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(CAST(:lock_number AS bigint)) AS free WHERE NOT EXISTS (SELECT FROM known)
    ), go AS (
        SELECT FROM gate WHERE free
    ), remembered AS (
        INSERT INTO idempotency_keys (key_hash, request_hash, report_id, status)
        SELECT kept.key_hash, kept.request_hash, CAST(:id AS uuid), 201
        FROM go, unnest(CAST(:key_hashes AS bytea[]), CAST(:request_hashes AS bytea[])) AS kept (key_hash, request_hash)
    )
"""
_IDENTITY = {"id": "uuid", **sealing.COLUMNS}
_NAMED = f"""
    , named AS (
        INSERT INTO reporters ({", ".join(_IDENTITY)})
        SELECT {
    ", ".join(f"CAST(:{'reporter_id' if name == 'id' else name} AS {kind})" for name, kind in _IDENTITY.items())
} FROM go
    )
"""
_FOLLOWERS = ", ".join(f"('{follower}')" for follower in FOLLOWERS[EventType.REPORT_RECEIVED])


class Statement(NamedTuple):
    sql: str
    names: tuple[str, ...]  # of $1, $2, ...


def _positional(sql: str) -> Statement:
    names = list(dict.fromkeys(re.findall(r":(\w+)", sql)))
    return Statement(re.sub(r":(\w+)", lambda found: f"${names.index(found[1]) + 1}", sql), tuple(names))


def _statement(*, once: bool, named: bool) -> Statement:
    return _positional(
        f"""
        WITH {_ONCE if once else _FREE} {_NAMED if named else ""}
        , reported AS (
            INSERT INTO reports ({", ".join(_COLUMNS)})
            SELECT {", ".join(f"CAST(:{name} AS {kind})" for name, kind in _COLUMNS.items())} FROM go
        ), happened AS (
            INSERT INTO events (
                id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash
            )
            SELECT CAST(:event_id AS uuid), CAST(:id AS uuid), 1, '{EventType.REPORT_RECEIVED.value}',
                   CAST(:received_at AS timestamptz), CAST(:recorded_at AS timestamptz), CAST(:actor AS text),
                   CAST(CAST(:data AS text) AS json), CAST(:genesis AS bytea), CAST(:hash AS bytea) FROM go
        ), headed AS (
            INSERT INTO chains (report_id, seq, hash, fact_seq)
            SELECT CAST(:id AS uuid), 1, CAST(:hash AS bytea), 1 FROM go
        ), addressed AS (
            INSERT INTO outbox (event_id, follower)
            SELECT CAST(:event_id AS uuid), follower FROM go, (VALUES {_FOLLOWERS}) AS f (follower)
        )
        SELECT {"free, k.* FROM (SELECT) AS one LEFT JOIN gate ON true LEFT JOIN known k ON true" if once else "1"}
        """
    )


_STATEMENTS = {(once, named): _statement(once=once, named=named) for once in (False, True) for named in (False, True)}


class Violation(Exception):
    """The database refused the report; `constraint` says why."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


async def insert(engine: AsyncEngine, values: Mapping[str, Any], *, once: bool) -> Mapping[str, Any]:
    """Write a report with all that belongs to it, in one statement and so in one transaction.

    With `once`, nothing is written if the key is known (the row has the first report; `over` says that the key is
    older than its days) or another request holds it (`free` is false). A key that was stored after this statement began
    is a violation of idempotency_keys_pkey.
    Raises Violation, Unavailable; then, too, nothing is written.
    """
    try:
        return await _fetch(engine, _STATEMENTS[once, values["reporter_id"] is not None], values)
    except asyncpg.IntegrityConstraintViolationError as error:
        raise Violation(error.constraint_name or "") from error
    except (asyncpg.InterfaceError, asyncpg.PostgresError) as error:
        if pooler.is_forgotten(error):
            raise Unavailable(pooler.FORGETFUL_POOLER, code="statements_forgotten") from error
        if _is_lost(error):
            detail = "The database cannot be reached just now; try again in a moment."
            raise Unavailable(detail, code="database_unavailable") from error
        raise


_FIRST = text(
    """
    SELECT k.key_hash, k.request_hash, r.id, r.tracking_number, r.received_at, r.access_code_hash
    FROM idempotency_keys k JOIN reports r ON r.id = k.report_id
    WHERE k.key_hash = ANY (CAST(:hashes AS bytea[])) AND k.created_at >= now() - make_interval(days => :days)
    """
)


async def first(engine: AsyncEngine, hashes: Sequence[bytes], *, days: int) -> Mapping[str, Any] | None:
    """The report that was submitted under a key."""
    async with engine.connect() as connection:
        row = (await connection.execute(_FIRST, {"hashes": list(hashes), "days": days})).mappings().first()
        return None if row is None else dict(row)


async def forget(engine: AsyncEngine, hashes: Sequence[bytes], *, days: int) -> None:
    """A key after its days."""
    async with AsyncSession(engine) as session, session.begin():
        await idempotency.forget(session, hashes, days=days)


_NUMBER = text(
    """
    SELECT r.tracking_number FROM reports r JOIN events e ON e.report_id = r.id AND e.seq = 1
    WHERE r.client_id = :sub AND r.external_reference = :reference AND e.actor = :actor
      AND coalesce(e.data ->> 'counter', e.data ->> 'gateway') IS NOT DISTINCT FROM CAST(:agency AS text)
    """
)


async def number_of(engine: AsyncEngine, client: Client, reference: str) -> str | None:
    """Of the report that a client submitted with a reference of its own: in this role, for this agency."""
    values = {"sub": client.sub, "actor": client.actor, "agency": client.agency, "reference": reference}
    async with engine.connect() as connection:
        number: str | None = await connection.scalar(_NUMBER, values)
        return number


async def _fetch(engine: AsyncEngine, statement: Statement, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """On asyncpg itself, on a connection of the engine's pool: what SQLAlchemy does around the execution costs more
    than the execution (measured, in milliseconds of this process: 1.4 against 0.6).
    """
    pooled = await engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        row: Mapping[str, Any] = await connection.fetchrow(statement.sql, *[values[name] for name in statement.names])
        return row
    except (asyncpg.InterfaceError, asyncpg.PostgresError, OSError) as error:
        if _is_lost(error):
            pooled.invalidate(error)
        raise
    finally:
        pooled.close()


def _is_lost(error: Exception) -> bool:
    return isinstance(error, asyncpg.InterfaceError) or is_away(error)


_CHANNELS = text("SELECT channels FROM clients WHERE id = :id")
_INSTANSI = text(
    f"""
    WITH RECURSIVE {line_of(":code")}
    SELECT a.code, a.time_zone, a.active, a.valid_from, a.valid_until
    FROM line JOIN agencies a USING (code) WHERE a.parent_code IS NULL
    """
)


async def channels_of(engine: AsyncEngine, client_id: str) -> list[str] | None:
    async with engine.connect() as connection:
        channels: list[str] | None = await connection.scalar(_CHANNELS, {"id": client_id})
        return channels


async def instansi_of(engine: AsyncEngine, agency: str) -> Row[Any] | None:
    """The root of the tree that an agency stands in, and when it is in service."""
    async with engine.connect() as connection:
        return (await connection.execute(_INSTANSI, {"code": agency})).one_or_none()


_CATEGORIES = text("SELECT code, active, valid_from, valid_until FROM categories")


async def all_categories(engine: AsyncEngine) -> Sequence[Row[Any]]:
    """All of them: there are a few hundred."""
    async with engine.connect() as connection:
        return (await connection.execute(_CATEGORIES)).all()
