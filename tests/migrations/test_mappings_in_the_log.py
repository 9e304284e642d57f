"""Mappings that are there when they get ids: the log ends them under their old keys, and has no value from then on."""

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from services import audit
from services.grants import service
from tests.conftest import OURS
from tests.migrations.test_migrations import alembic

BEFORE = "20261128_0809"
_THERE = """
SET application_name = 'lapor migrate';
INSERT INTO accounts (id, kind, role, state, email) VALUES ('wati', 'person', 'operator', 'active', 'w@x.example');
INSERT INTO claim_mappings (issuer, claim, value, account_id, created_at)
VALUES ('https://sso.example', 'email', 'wati@x.example', 'wati', '2026-01-01Z');
"""
_CHANGE = "UPDATE claim_mappings SET value = 'another@x.example'"
_LOG = "SELECT key, data::text AS data FROM registry_events WHERE subject = 'claim_mappings' ORDER BY seq"


async def test_mappings_move_to_their_ids_in_the_log_and_back(own_database_url: str) -> None:
    await alembic(own_database_url, "downgrade", BEFORE)
    connection = await asyncpg.connect(own_database_url.replace("+asyncpg", ""), **OURS)
    await connection.execute(_THERE)

    await alembic(own_database_url, "upgrade", "head")
    await connection.execute(_CHANGE)

    row = await connection.fetchrow("SELECT * FROM claim_mappings")
    assert (row["account_id"], row["created_at"].year) == ("wati", 2026)
    old, ended, put_in, changed = await connection.fetch(_LOG)
    assert (old["key"], ended["key"]) == ("https://sso.example|email|wati@x.example",) * 2
    assert (put_in["key"], changed["key"]) == (str(row["id"]),) * 2
    assert '"after": null' in ended["data"]
    assert "example" not in put_in["data"].replace("https://sso.example", "") + changed["key"]
    await service.grant(own_database_url)  # as `lapor migrate` does
    await _is_whole(own_database_url)

    await alembic(own_database_url, "downgrade", BEFORE)

    assert await connection.fetchval("SELECT value FROM claim_mappings") == "another@x.example"
    await connection.close()


async def _is_whole(url: str) -> None:
    engine = create_async_engine(url)
    findings = await audit.verify(engine)
    await engine.dispose()
    assert (findings.breaks, findings.registry_breaks) == ([], [])
