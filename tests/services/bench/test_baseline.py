import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.bench import baseline, bodies
from services.bench.submitting import create_tables
from tests.factories import a_registry

FOREIGN_KEYS = """
SELECT count(*) FILTER (WHERE connamespace = 'bench'::regnamespace) AS theirs,
       count(*) FILTER (WHERE conrelid IN ('reports'::regclass, 'events'::regclass)) AS ours
FROM pg_constraint WHERE contype = 'f'
"""


async def test_the_bare_endpoints_store_a_report_an_event_and_an_outbox_row(
    own_database_url: str, own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncSession(own_engine) as session, session.begin():
        await a_registry(session)
        await session.execute(
            text("INSERT INTO regions (code, name, parent_code) VALUES ('64.72.03', 'Palaran', NULL)")
        )
        await session.execute(
            text("INSERT INTO categories (code, label_id, label_en) VALUES ('drainage_blocked', '', '')")
        )
    await create_tables(own_database_url)
    monkeypatch.setenv(baseline.URL_VARIABLE, own_database_url)
    _, _, content = bodies.submissions(bodies.Target(0))(0).partition(b"\r\n\r\n")

    app = baseline.create_app()
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bare") as client,
    ):
        answers = [await client.post(path, content=content) for path in ("/three", "/one")]

    assert [answer.status_code for answer in answers] == [201, 201]
    async with own_engine.connect() as connection:
        for table in ("reports", "events", "outbox"):
            assert await connection.scalar(text(f"SELECT count(*) FROM bench.{table}")) == 2
        keys = (await connection.execute(text(FOREIGN_KEYS))).one()
    assert keys.theirs == keys.ours > 0
