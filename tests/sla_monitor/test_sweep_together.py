"""Several sweeps at once, beside everything else that appends."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.log import events
from shared.log.events import EventType
from sla_monitor.sweep import queries as sweeping
from sla_monitor.sweep import service
from tests.factories import NOON, drafted
from tests.sla_monitor.stored import broken_chains, many_reports, rows
from tests.waiting import patiently

NOTE = drafted(EventType.REPORT_NOTED, NOON, "national_admin:a", {"message": "m"})


async def each_step_once(sessions: Sessions, reports: int, stages: int = 1) -> None:
    """Every clock has its three steps, in order, each with one event and one outbox row; no chain is broken."""
    async with sessions() as session:
        recorded = await rows(
            session,
            """
            SELECT array_agg(s.step_code ORDER BY e.seq) AS codes FROM escalations s JOIN events e ON e.id = s.id
            JOIN outbox o ON o.event_id = e.id WHERE s.revoked_at IS NULL GROUP BY s.report_id, s.stage
            """,
        )
        events_written = (await rows(session, "SELECT count(*) AS n FROM events WHERE type LIKE 'clock.%'"))[0].n
        pending = (await rows(session, "SELECT count(*) AS n FROM clocks WHERE next_step_at IS NOT NULL"))[0].n
        assert [row.codes for row in recorded] == [[-1, 0, 3]] * (reports * stages)
        assert (events_written, pending) == (3 * reports * stages, 0)
        assert await broken_chains(session) == []


async def test_three_sweeps_at_once_record_each_step_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await many_reports(session, 100, stages=("first_response", "resolution"))

    await asyncio.gather(*(service.sweep(sessions, batch=17) for _ in range(3)))
    await service.sweep(sessions, batch=17)  # what one passed over because another held it

    await each_step_once(sessions, 100, stages=2)


async def test_sweeps_and_appenders_at_once_leave_no_broken_chain(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await many_reports(session, 60)
        await session.execute(text("UPDATE clocks SET computed_seq = 1000"))  # no fact makes them wait
        reports = [row.report_id for row in await rows(session, "SELECT report_id FROM chains")]
    appended = 0

    async def append() -> None:
        nonlocal appended
        for number in range(40):
            some = reports[number % 3 :: 7]
            async with sessions.begin() as session:
                heads = await events.lock_heads(session, some)
                await events.append_many(session, [(head, NOTE) for head in heads.values()], recorded_at=NOON)
            appended += len(some)

    await asyncio.gather(*(service.sweep(sessions, batch=7) for _ in range(3)), *(append() for _ in range(4)))
    await service.sweep(sessions, batch=7)

    await each_step_once(sessions, 60)
    async with sessions() as session:
        noted = (await rows(session, "SELECT count(*) AS n FROM events WHERE type = 'report.noted'"))[0].n
    assert noted == appended


async def test_the_sweep_waits_for_nobody(sessions: Sessions) -> None:
    """A report that is being worked on is passed over, and its clock is taken the next time."""
    async with sessions.begin() as session:
        await many_reports(session, 2)
        busy = (await rows(session, "SELECT report_id FROM chains LIMIT 1"))[0].report_id

    async with sessions.begin() as session:
        await events.lock_head(session, busy)
        async with patiently():
            first = await service.sweep(sessions, batch=10)
    second = await service.sweep(sessions, batch=10)

    assert (sum(first.values()), sum(second.values())) == (3, 3)


def _scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in _scans(part))]


async def _plan(session: AsyncSession, *, batch: int) -> dict[str, Any]:
    await session.execute(sweeping._KEEP_TO_THE_INDEX)
    statement = text("EXPLAIN (ANALYZE, FORMAT JSON) " + sweeping._SWEEP % {"batch": batch})
    parameters = {"now": None, "followers": ["routing_service"]}
    plan: dict[str, Any] = (await session.execute(statement, parameters)).scalar_one()[0]["Plan"]
    return plan


_DUE_AT_ONCE = "UPDATE clocks SET next_step = 2, next_step_at = due_at WHERE report_id IN (SELECT id FROM reports {})"


@pytest.mark.parametrize(
    ("analysed_when", "due"),
    [("nothing_was_due", 4000), ("nothing_was_due", 200), ("all_was_due", 200), ("never", 4000)],
)
async def test_the_sweep_keeps_to_its_indexes_whatever_the_planner_believes(
    sessions: Sessions, analysed_when: str, due: int
) -> None:
    """4,000 clocks, statistics of another time, and an index full of dead entries."""
    async with sessions.begin() as session:
        await many_reports(session, 4000)
        await session.execute(text("UPDATE clocks SET next_step_at = next_step_at - interval '9 days'"))
        if analysed_when == "all_was_due":
            await session.execute(text("ANALYZE clocks, chains"))
        await session.execute(text("UPDATE clocks SET next_step_at = now() + interval '9 days'"))
        if analysed_when == "nothing_was_due":
            await session.execute(text("ANALYZE clocks, chains"))
        await session.execute(text(_DUE_AT_ONCE.format(f"ORDER BY id LIMIT {due}")))

    async with sessions() as session:
        plan = await _plan(session, batch=100)
        await session.rollback()

    scans = [node for node in _scans(plan) if node.get("Relation Name") in ("clocks", "chains")]
    reads = [node for node in scans if node["Node Type"] != "ModifyTable"]
    assert {node["Node Type"] for node in reads} == {"Index Scan"}
    picked = next(node for node in _scans(plan) if node.get("Subplan Name") == "CTE picked")
    assert [node["Node Type"] for node in _scans(picked)] == [
        "Limit", "LockRows", "Nested Loop", "Index Scan", "Index Scan",
    ]  # fmt: skip
    assert _scans(picked)[3]["Index Name"] == "clocks_next_step_at_idx"
    assert all(node["Actual Rows"] * node["Actual Loops"] <= 100 for node in reads)
