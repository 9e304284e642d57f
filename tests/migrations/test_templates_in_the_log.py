"""Words of news that were there before the registry's log had them: it has them from then on."""

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from services import audit
from services.grants import service
from tests.conftest import OURS
from tests.migrations.test_migrations import alembic

BEFORE = "20261128_1111"
_THERE = "INSERT INTO news_templates VALUES ('closed', 'id', 1, 'Rampung', 'Rampung.', 'operator:x', '2026-11-28Z')"
_LOG = "SELECT key, actor, data::text AS data FROM registry_events WHERE subject = 'news_templates'"


async def test_words_that_were_there_come_into_the_log(own_database_url: str) -> None:
    await alembic(own_database_url, "downgrade", BEFORE)
    connection = await asyncpg.connect(own_database_url.replace("+asyncpg", ""), **OURS)
    await connection.execute(_THERE)

    await alembic(own_database_url, "upgrade", "head")

    (logged,) = await connection.fetch(_LOG)
    assert (logged["key"], logged["actor"]) == ("closed/id/1", "process:migrate")
    assert "Rampung." in logged["data"]
    await connection.close()
    await service.grant(own_database_url)
    engine = create_async_engine(own_database_url)
    assert (await audit.verify(engine)).registry_breaks == []
    await engine.dispose()
