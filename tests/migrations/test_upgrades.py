"""From the base, full of data, to this release: every history is whole, and the services read what was stored then."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import intake_api.app
import routing_service.app
import sla_monitor.app
from services import audit
from shared.clients import Role
from shared.revision import BASE
from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings, Settings
from tests.conftest import OURS, administer, drop
from tests.factories import bearer, settings
from tests.migrations.test_migrations import alembic

DATA = Path(__file__).parent / "data" / "a_full_base.sql"
SERVICES: tuple[tuple[Callable[[Any], FastAPI], type[Settings]], ...] = (
    (intake_api.app.create_app, IntakeSettings),
    (routing_service.app.create_app, RoutingSettings),
    (sla_monitor.app.create_app, MonitorSettings),
)
#: Which table the parameter of a path is a column of, by what stands before it.
ASKING = (Role.NATIONAL_ADMIN, Role.OPERATOR, Role.REPORTER_APP, Role.IDENTITY_CUSTODIAN)
TABLES = {
    "agencies": "agencies", "boundaries": "boundary_sets", "calendars": "calendars", "categories": "categories",
    "accounts": "accounts", "clients": "accounts", "claim-mappings": "claim_mappings",
    "escalations": "escalations", "officers": "officers", "policies": "policies", "recomputations": "recomputations",
    "reports": "reports",
    "reprimands": "reprimands", "rule-sets": "rule_sets", "simulations": "simulations",
    "webhooks": "webhooks",
}  # fmt: skip
READ = re.compile(r"/v1/[a-z/-]+(/\{(id|code|tracking_number)\}(/[a-z-]+)*)?")
#: One needs the name of an agency, one a reporter's consent, some the reporter, one a checkpoint, one two custodians,
#: and codes are newer than the base.
LEFT_OUT = {
    "/v1/reprimands/preview", "/v1/reports/{id}/ombudsman-package", "/v1/reports/{tracking_number}/timeline",
    "/v1/reports/{tracking_number}/deadlines", "/v1/reports/{tracking_number}/receipt", "/v1/log/checkpoint",
    "/v1/reports/{tracking_number}/export", "/v1/officers/me/news", "/v1/reports/{tracking_number}/notifications",
    "/v1/identity-requests", "/v1/qr-codes/{code}", "/v1/qr-codes/{code}/picture",
}  # fmt: skip


@pytest.fixture
async def url(server: URL) -> AsyncIterator[str]:
    """A database at the base with rows in every table."""
    url = server.set(database=f"test_{uuid4().hex}")
    address = url.render_as_string(hide_password=False)
    await administer(server, f"CREATE DATABASE {url.database}")
    await alembic(address, "upgrade", BASE)
    connection = await asyncpg.connect(address.replace("+asyncpg", ""), **OURS)
    await connection.execute(DATA.read_text())
    await connection.close()
    yield address
    await drop(server, url)


async def empty_tables(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        tables = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        return [name for name in tables if not await connection.scalar(text(f"SELECT count(*) FROM {name}"))]


def paths(app: FastAPI) -> Iterator[str]:
    for path, operations in app.openapi()["paths"].items():
        asked = operations.get("get", {}).get("parameters", [])
        needs_more = any(one["required"] for one in asked if one["in"] == "query")
        if "get" in operations and READ.fullmatch(path) and path not in LEFT_OUT and not needs_more:
            yield path


async def addresses(engine: AsyncEngine, path: str) -> list[str]:
    found = re.search(r"([a-z-]+)/\{(\w+)\}", path)
    if found is None:
        return [path]
    async with engine.connect() as connection:
        values = await connection.scalars(text(f"SELECT {found[2]}::text FROM {TABLES[found[1]]}"))
        return [path.replace(f"{{{found[2]}}}", value) for value in values]


async def read(app: FastAPI, engine: AsyncEngine) -> dict[str, int]:
    """The status of each answer: to whoever may ask."""
    answers = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
        for address in [address for path in paths(app) for address in await addresses(engine, path)]:
            for role in ASKING:
                answer = await http.get(address, headers=bearer(role))
                if answer.status_code != 403:
                    break
            answers[f"{app.title}: {address}"] = answer.status_code
    return answers


async def test_a_full_database_comes_from_the_base_to_this_release(url: str) -> None:
    engine = create_async_engine(url)
    assert await empty_tables(engine) == []
    await engine.dispose()

    await alembic(url, "upgrade", "head")

    findings = await audit.verify(engine)
    assert (findings.breaks, findings.registry_breaks) == ([], [])
    assert (findings.reports, findings.events) == (13, 94)
    answers: dict[str, int] = {}
    for create_app, kind in SERVICES:
        app = create_app(settings(url, kind))
        answers |= await read(app, engine)
        await app.state.engine.dispose()
        await app.state.jobs_engine.dispose()
    await engine.dispose()
    assert {address: status for address, status in answers.items() if status != 200} == {}
    assert len(answers) > 200
