import json
import os
import subprocess
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit import walk as audit
from shared.database import Sessions
from shared.domain.lifecycle import Holder, Level, Status
from shared.log import events
from shared.log.events import Draft, EventType
from shared.log.payloads import Raw
from tests import forks
from tests.factories import DAY, NOON, a_registry, a_report, drafted

NATIONAL = Holder(Level.NATIONAL, None)
SAMARINDA = Holder(Level.COORDINATOR, "SAMARINDA")


@pytest.fixture
async def report_id(sessions: Sessions) -> UUID:
    """One report of several, verified and forwarded, with something of the monitor's behind."""
    async with sessions.begin() as session:
        await a_registry(session)
        for _ in range(4):
            await a_report(session)
        report_id = await a_report(session)
        head = await events.lock_head(session, report_id)
        assert head is not None
        await events.append(
            session,
            head,
            a_move(EventType.REPORT_VERIFIED, Status.RECEIVED, Status.VERIFIED, NATIONAL),
            a_move(EventType.REPORT_FORWARDED, Status.VERIFIED, Status.VERIFIED, SAMARINDA),
            drafted(EventType.CLOCK_MOVED, NOON + DAY, "service:sla_monitor", {"stage": "disposition"}),
            recorded_at=NOON + DAY,
        )
        await session.execute(
            text(
                "UPDATE reports SET status = 'verified', holder_level = 'coordinator',"
                " holder_agency_code = 'SAMARINDA' WHERE id = :id"
            ),
            {"id": report_id},
        )
    return report_id


def a_move(type: EventType, before: Status, after: Status, holder: Holder) -> Draft:
    data = {
        "from": before.value,
        "to": after.value,
        "holder": holder.as_data(),
        "digests": {"title": None},
        "category": "roads.damage",
    }
    return drafted(type, NOON + DAY, "national_admin:admin-1", data)


async def tamper(engine: AsyncEngine, statement: str, report_id: UUID) -> None:
    """As somebody who owns the database could: past the triggers that keep the log."""
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement), {"id": report_id})


async def test_whole_histories_are_found_whole(own_engine: AsyncEngine, report_id: UUID) -> None:
    findings = await audit.verify(own_engine)

    assert (findings.reports, findings.events, findings.breaks, findings.whole) == (5, 8, [], True)


async def test_reports_are_walked_batch_by_batch(
    own_engine: AsyncEngine, report_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH_REPORTS", 2)
    steps: list[tuple[int, int]] = []

    findings = await audit.verify(own_engine, progress=lambda done, of: steps.append((done, of)))

    assert (findings.reports, steps) == (5, [(2, 5), (4, 5), (5, 5)])


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        (
            "UPDATE reports SET status = 'closed' WHERE id = :id",
            None,
            "the stored status is closed, its events make it verified",
        ),
        (
            "UPDATE reports SET holder_agency_code = 'KALTIM' WHERE id = :id",
            None,
            "the stored holder is coordinator KALTIM, its events make it coordinator SAMARINDA",
        ),
        (
            "UPDATE events SET actor = 'somebody' WHERE report_id = :id AND seq = 2",
            2,
            "its hash is not that of its content: the event was changed",
        ),
        (
            "UPDATE events SET data = (data::text || ' ')::json WHERE report_id = :id AND seq = 3",
            3,
            "its hash is not that of its content: the event was changed",
        ),
        (
            "UPDATE events SET occurred_at = occurred_at + '1us' WHERE report_id = :id AND seq = 1",
            1,
            "its hash is not that of its content: the event was changed",
        ),
        (
            "UPDATE events SET previous_hash = hash WHERE report_id = :id AND seq = 4",
            4,
            "its previous_hash is not the hash of the event before",
        ),
        ("DELETE FROM events WHERE report_id = :id AND seq = 2", 2, "event 2 is missing, 3 follows"),
        (
            "DELETE FROM events WHERE report_id = :id AND seq = 4",
            4,
            "the chain head says 4 events, there are 3",
        ),
        ("DELETE FROM events WHERE report_id = :id", None, "the report has no events"),
        ("DELETE FROM chains WHERE report_id = :id", None, "the report has no chain head"),
        (
            "UPDATE chains SET hash = sha256('') WHERE report_id = :id",
            4,
            "the chain head has another hash than the last event",
        ),
        (
            "UPDATE chains SET fact_seq = 4 WHERE report_id = :id",
            4,
            "the chain head says fact_seq 4, it is 3",
        ),
    ],
)
async def test_a_change_by_hand_is_found_with_its_report_and_event(
    own_engine: AsyncEngine, report_id: UUID, statement: str, seq: int | None, what: str
) -> None:
    await tamper(own_engine, statement, report_id)

    findings = await audit.verify(own_engine)

    assert [(found.report_id, found.seq, found.what) for found in findings.breaks] == [(report_id, seq, what)]
    assert (findings.broken, findings.reports) == (1, 5)


@pytest.mark.parametrize(
    ("type", "data"),
    [
        pytest.param(EventType.CLOCK_ESCALATED, {"stage": "disposition"}, id="what its type needs is missing"),
        pytest.param(EventType.REPORT_RESPONDED, {"to": "answered"}, id="it says nothing of the holder"),
        pytest.param(EventType.REPORT_NOTED, {"message": "hilang"}, id="the message it names has no id"),
    ],
)
async def test_an_event_that_cannot_be_read_is_found_and_the_audit_goes_on(
    own_engine: AsyncEngine, sessions: Sessions, report_id: UUID, type: EventType, data: dict[str, Any]
) -> None:
    async with sessions.begin() as session:
        head = await events.lock_head(session, report_id)
        assert head is not None
        broken = Draft(Raw(type, data), occurred_at=NOON + DAY, actor="service:sla_monitor")
        await events.append(session, head, broken, recorded_at=NOON + DAY)
        await a_report(session)

    findings = await audit.verify(own_engine)

    assert [(found.report_id, found.seq) for found in findings.breaks] == [(report_id, 5)]
    assert findings.breaks[0].what.startswith("what it carries cannot be read")
    assert (findings.broken, findings.reports) == (1, 6)


def lapor_audit(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forks.lapor("audit", "verify", *arguments, environment={**os.environ, "LAPOR_DATABASE_URL": url})


async def test_the_command_fails_and_names_the_report(
    own_engine: AsyncEngine, own_database_url: str, report_id: UUID
) -> None:
    clean = lapor_audit(own_database_url)
    await tamper(own_engine, "UPDATE reports SET status = 'closed' WHERE id = :id", report_id)
    async with own_engine.connect() as connection:
        statement = text("SELECT tracking_number FROM reports WHERE id = :id")
        tracking_number = await connection.scalar(statement, {"id": report_id})

    broken, for_programs = lapor_audit(own_database_url), lapor_audit(own_database_url, "--json")

    assert (clean.returncode, clean.stdout.splitlines()[0]) == (0, "Reports: 5, events: 8. All of them are whole.")
    assert clean.stdout.splitlines()[1].startswith("Changes of the registry: ")
    assert clean.stdout.splitlines()[1].endswith(" It is whole.")
    assert broken.returncode == for_programs.returncode == 1
    assert f"Report {tracking_number} ({report_id}): the stored status is closed" in broken.stdout
    assert json.loads(for_programs.stdout)["breaks"][0]["tracking_number"] == tracking_number
