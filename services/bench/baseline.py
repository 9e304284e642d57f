"""What submissions are compared with: the least that could store a report, an event and an outbox row.

A bare FastAPI app that reads raw JSON and writes into tables of the same shape as ours, in the same database: no
validation, no token, no rules, no chain, one outbox row. `/three` makes three prepared inserts in one transaction,
`/one` the same in one statement.
"""

import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from shared import ids

SCHEMA = "bench"
URL_VARIABLE = "LAPOR_BENCH_DATABASE_URL"
CONNECTIONS = 10

#: Like ours, with the same indexes, checks and foreign keys.
TABLES = f"""
CREATE SCHEMA {SCHEMA};
CREATE TABLE {SCHEMA}.reports (LIKE public.reports INCLUDING ALL);
CREATE TABLE {SCHEMA}.events (LIKE public.events INCLUDING ALL);
CREATE TABLE {SCHEMA}.outbox (LIKE public.outbox INCLUDING ALL);
DO $$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE contype = 'f' AND conrelid IN ('public.reports'::regclass, 'public.events'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE {SCHEMA}.%s ADD %s', key.name,
                       replace(key.definition, 'REFERENCES reports(', 'REFERENCES {SCHEMA}.reports('));
    END LOOP;
END $$;
"""

_REPORT = f"""
INSERT INTO {SCHEMA}.reports (
    id, tracking_number, access_code_hash, title, body, salt, occurred_on, location_text, latitude, longitude,
    region_code, channel, client_id, reporter_reference_hash, received_at, recorded_at, classification, category_code,
    anonymous, secret
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'app', 'mobile-app', $12, $13, $13, $14, $15, $16, $17)
"""
_EVENT = f"""
INSERT INTO {SCHEMA}.events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
VALUES ($1, $2, 1, 'report.received', $3, $3, 'reporter_app:mobile-app', $4, $5, $5)
"""
_OUTBOX = f"INSERT INTO {SCHEMA}.outbox (event_id, follower) VALUES ($1, 'routing_service')"

_ONE = f"""
WITH r AS ({_REPORT}), e AS (
    INSERT INTO {SCHEMA}.events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    VALUES ($18, $1, 1, 'report.received', $13, $13, 'reporter_app:mobile-app', $19, $20, $20)
)
INSERT INTO {SCHEMA}.outbox (event_id, follower) VALUES ($18, 'routing_service')
"""

_CONSTANT = bytes(32)
_SALT = bytes(16)


def _report(sent: dict[str, Any]) -> tuple[Any, ...]:
    """Its number is long enough never to be drawn twice: lapor draws again when that happens, which this does not."""
    location = sent["location"]
    return (
        ids.new_id(), f"{secrets.randbelow(10**18):018d}", _CONSTANT, sent["title"], sent["body"], _SALT,
        date.fromisoformat(sent["occurred_on"]), location["text"], location["latitude"], location["longitude"],
        location["region_code"], _CONSTANT, datetime.now(UTC), sent["classification"], sent["category"],
        sent["anonymous"], sent["secret"],
    )  # fmt: skip


def _data(sent: dict[str, Any]) -> str:
    return json.dumps(
        {
            "classification": sent["classification"],
            "channel": "app",
            "status": "received",
            "holder": {"level": "national", "agency": None},
            "region": sent["location"]["region_code"],
            "province": "64",
            "time_zone": "Asia/Makassar",
            "imported": False,
            "digest": "0" * 64,
        }
    )


def _answer(report: tuple[Any, ...]) -> JSONResponse:
    return JSONResponse(
        {
            "id": str(report[0]),
            "tracking_number": report[1],
            "access_code": "0" * 32,
            "status": "received",
            "received_at": report[12].isoformat(),
        },
        201,
    )


async def _leave_as_it_is(_connection: Any) -> None:
    """A pool of asyncpg resets every connection that comes back, which costs a round trip; ours has no need of it."""


def create_app() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        address = os.environ[URL_VARIABLE].replace("+asyncpg", "")
        sizes = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
        async with asyncpg.create_pool(address, **sizes, reset=_leave_as_it_is) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/readyz")
    async def readyz() -> None:
        pass

    @app.post("/three")
    async def three(request: Request) -> JSONResponse:
        sent = json.loads(await request.body())
        report = _report(sent)
        event_id = ids.new_id()
        async with request.app.state.pool.acquire() as connection, connection.transaction():
            await connection.execute(_REPORT, *report)
            await connection.execute(_EVENT, event_id, report[0], report[12], _data(sent), _CONSTANT)
            await connection.execute(_OUTBOX, event_id)
        return _answer(report)

    @app.post("/one")
    async def one(request: Request) -> JSONResponse:
        sent = json.loads(await request.body())
        report = _report(sent)
        async with request.app.state.pool.acquire() as connection:
            await connection.execute(_ONE, *report, ids.new_id(), _data(sent), _CONSTANT)
        return _answer(report)

    return app
