"""Decisions of before doubts had values are told as the others are."""

import json

from sqlalchemy import select, text

from routing_service.work.decisions import views
from services.database import engine_for
from shared.database import create_sessions
from shared.domain.officers import Language
from shared.ids import new_id
from shared.schema import RoutingDecision
from tests.factories import NOON, a_registry, a_report
from tests.migrations.test_migrations import alembic

BEFORE = "20261121_2250"
EXPLANATION = {
    "action": "report.received",
    "differs": None,
    "suggestion": {
        "agency": "SAMARINDA-PU", "clear": False, "doubts": ["several_agencies", "out_of_service"],
        "candidates": [
            {"agency": "SAMARINDA-PU", "reasons": [
                {"code": "rule", "rule": 4, "category": "roads", "region_prefix": "64.72", "note": "Jalan kota."},
                {"code": "named_by_reporter", "agency": "SAMARINDA-PU"},
            ]},
        ],
    },
}  # fmt: skip
_ADD = text(
    "INSERT INTO routing_decisions (id, report_id, event_id, decided_at, actor, automatic, agency_code, explanation)"
    " VALUES (:id, :report, :id, :at, 'service:routing_service', true, 'SAMARINDA-PU', CAST(:explanation AS jsonb))"
)


async def test_an_old_decision_is_told_in_the_sentences_of_today(own_database_url: str) -> None:
    engine = engine_for(own_database_url)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        await a_registry(session)
        values = {"id": new_id(), "report": await a_report(session), "at": NOON}
    await engine.dispose()
    await alembic(own_database_url, "downgrade", BEFORE)
    async with sessions.begin() as session:
        await session.execute(_ADD, values | {"explanation": json.dumps(EXPLANATION)})

    await engine.dispose()
    await alembic(own_database_url, "upgrade", "head")
    async with sessions() as session:
        rows = await session.execute(select(*RoutingDecision.__table__.columns))
        told = views.decision(rows.one(), Language.EN, words=True).suggestion
    await engine.dispose()
    assert told is not None
    assert [reason.text for reason in told.candidates[0].reasons] == [
        "Rule 4 names it. Jalan kota.",
        "The reporter means it for SAMARINDA-PU.",
    ]
    assert [doubt.text for doubt in told.doubts] == [
        "Rule … failed: more than one agency is competent: ….",
        "… is out of service; nobody took over.",
    ]
