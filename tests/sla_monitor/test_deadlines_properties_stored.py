"""What holds for stored clocks whatever happened, checked on random histories. The database is rolled back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.effort import times
from tests.sla_monitor.histories import History
from tests.sla_monitor.stored import a_report, broken_chains, computed, rows, swept, went_on
from tests.sla_monitor.test_deadlines_properties import histories

# One transaction for all examples: each is rolled back to a savepoint.
unhurried = settings(
    deadline=None,
    max_examples=times(6, 60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
later = st.integers(0, 24 * 60).map(lambda hours: timedelta(hours=hours))

OF_THE_MOMENT = ("report_id", "computed_seq", "changed_at")
TABLES = {
    "clocks": "SELECT * FROM clocks WHERE report_id = :id ORDER BY stage, opened_seq",
    "escalations": "SELECT * FROM escalations WHERE report_id = :id ORDER BY id",
    "events": "SELECT report_id, seq, type, hash FROM events WHERE report_id = :id ORDER BY seq",
    "chains": "SELECT * FROM chains WHERE report_id = :id",
}


async def stored(session: AsyncSession, report_id: UUID, *tables: str) -> dict[str, list[dict[str, Any]]]:
    """What is stored of a report, but for its own id, and for how much of the log was there when it was computed, and
    when that was.
    """
    return {
        table: [
            {
                name: value
                for name, value in row._mapping.items()
                if name not in ("report_id", "computed_seq", "changed_at")
            }
            for row in await rows(session, TABLES[table], id=report_id)
        ]
        for table in tables or TABLES
    }


def first(history: History, count: int) -> History:
    part = History()
    part.events = history.events[:count]
    return part


async def lived(session: AsyncSession, history: History, now: datetime) -> UUID:
    """Computed and swept after every event, as the monitor does, and at last at `now`."""
    report_id = await a_report(session, first(history, 1))
    for count, event in enumerate(history.events, 1):
        await went_on(session, report_id, first(history, count))
        await computed(session, report_id, now=event.occurred_at)
        await swept(session, event.occurred_at)
    await computed(session, report_id, now=now)
    await swept(session, now)
    return report_id


@unhurried
@given(history=histories(), after=later)
async def test_computing_again_and_again_changes_nothing(
    session: AsyncSession, history: History, after: timedelta
) -> None:
    async with session.begin_nested() as example:
        now = history.events[-1].occurred_at + after
        report_id = await lived(session, history, now)
        before = await stored(session, report_id)

        await computed(session, report_id, now=now, force=True)
        await computed(session, report_id, now=now, force=True)
        steps = await swept(session, now)

        assert await stored(session, report_id) == before
        assert steps == 0
        assert await broken_chains(session) == []
        await example.rollback()


@unhurried
@given(history=histories(), after=later)
async def test_clocks_that_are_lost_are_replayed_from_the_log_as_they_were(
    session: AsyncSession, history: History, after: timedelta
) -> None:
    async with session.begin_nested() as example:
        now = history.events[-1].occurred_at + after
        report_id = await lived(session, history, now)
        before = await stored(session, report_id)

        await session.execute(text("DELETE FROM clocks"))
        await computed(session, report_id, now=now)

        assert await stored(session, report_id) == before
        await example.rollback()


@unhurried
@given(history=histories(), after=later, deliveries=st.data())
async def test_however_the_deliveries_of_events_fall_the_clocks_are_the_same(
    session: AsyncSession, history: History, after: timedelta, deliveries: st.DataObject
) -> None:
    """One report is computed once, in the end. Those of the other come one by one, several at once, late or twice."""
    async with session.begin_nested() as example:
        now = history.events[-1].occurred_at + after
        one = await a_report(session, history)
        other = await a_report(session, first(history, 1))
        for count in range(2, len(history.events) + 1):
            if deliveries.draw(st.booleans()):
                await computed(session, *[other] * deliveries.draw(st.integers(1, 2)), now=now)
            await went_on(session, other, first(history, count))

        await computed(session, other, one, now=now)
        await swept(session, now)

        assert await _told(session, other) == await _told(session, one)
        await example.rollback()


async def _told(session: AsyncSession, report_id: UUID) -> Sequence[Any]:
    clocks = await stored(session, report_id, "clocks")
    steps = await rows(
        session,
        "SELECT stage, opened_seq, step_code, kind, level, step_at, recipients, late_entry, notify, revoked_at "
        "FROM escalations WHERE report_id = :id ORDER BY stage, opened_seq, step_at",
        id=report_id,
    )
    return [clocks, [tuple(step) for step in steps]]
