"""Reports that were there before the work list was searched along an index are found without their accents, too."""

from routing_service.report.search import queries
from services.database import engine_for
from shared.database import create_sessions
from tests.factories import a_registry, a_report
from tests.migrations.test_migrations import alembic

BEFORE_THERE_WERE_ANY = "20261128_0055"


async def test_old_reports_are_found_without_their_accents(own_database_url: str) -> None:
    engine = engine_for(own_database_url)
    async with create_sessions(engine).begin() as session:
        await a_registry(session)
        report = await a_report(session, title="Kafé di Jl. Soe\u00adkarno", body="Sejak Séptember, KM5.")
    await engine.dispose()

    await alembic(own_database_url, "downgrade", BEFORE_THERE_WERE_ANY)
    await alembic(own_database_url, "upgrade", "head")

    async with create_sessions(engine)() as session:
        for asked in ("kafe", "KAFÉ", "soekarno", "september km 5"):
            assert list(await session.scalars(queries.matching(asked))) == [report], asked
        assert list(await session.scalars(queries.matching("kafetaria"))) == []
        assert list(await session.scalars(queries.matching("kafe", verified_only=True))) == []
    await engine.dispose()
