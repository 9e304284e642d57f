"""What is kept beside the clocks is what the log gives, however its events were delivered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from sla_monitor.counting import keeping
from sla_monitor.counting.rebuild import rebuild
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from tests.effort import times
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.histories import History, at_work
from tests.sla_monitor.post import monitor
from tests.sla_monitor.stored import a_report, computed, rows, swept, went_on
from tests.sla_monitor.test_deadlines_properties import histories

unhurried = settings(
    deadline=None,
    max_examples=times(5, 60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STARTED = "2026-03-02 10:00"
TABLES = ("counted_reports", "counted_before", "counted_steps")


def within(session: AsyncSession) -> Sessions:
    """Sessions for work that commits, all of them the one of the test."""

    class Within:
        @asynccontextmanager
        async def begin(self) -> AsyncIterator[AsyncSession]:
            async with session.begin_nested():
                yield session

        @asynccontextmanager
        async def __call__(self) -> AsyncIterator[AsyncSession]:
            yield session

    return cast(Sessions, Within())


async def kept(session: AsyncSession) -> dict[str, set[tuple[Any, ...]]]:
    return {table: {tuple(row) for row in await rows(session, f"SELECT * FROM {table}")} for table in TABLES}


def first(history: History, count: int) -> History:
    part = History()
    part.events = history.events[:count]
    return part


@unhurried
@given(history=histories(), deliveries=st.data())
async def test_what_was_kept_event_by_event_equals_what_is_rebuilt_from_the_log(
    session: AsyncSession, history: History, deliveries: st.DataObject
) -> None:
    """Events come one by one, several at once or twice; the sweep writes its own in between."""
    async with session.begin_nested() as example:
        report_id = await a_report(session, first(history, 1))
        now = history.events[-1].occurred_at + timedelta(days=30)
        for count in range(2, len(history.events) + 1):
            if deliveries.draw(st.booleans()):
                await computed(session, *[report_id] * deliveries.draw(st.integers(1, 2)), now=now)
                await swept(session, now)
            await went_on(session, report_id, first(history, count))
        await computed(session, report_id, now=now)
        incremental = await kept(session)

        for table in TABLES:
            await session.execute(text(f"DELETE FROM {table}"))
        done = await rebuild(within(session), SeededReferences())

        assert await kept(session) == incremental
        assert (done.reports, done.refused) == (1, 0)
        await example.rollback()


async def test_what_the_log_does_not_say_any_more_is_not_counted_any_more(session: AsyncSession) -> None:
    history = at_work(STARTED).responded("2026-03-04 09:00").held("2026-03-05 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=history.events[-1].occurred_at)
    right = await kept(session)
    await session.execute(text("UPDATE counted_before SET seq = seq + 100"))
    await session.execute(text("UPDATE counted_steps SET opened_seq = opened_seq + 100, cancelled = true"))
    await session.execute(text("UPDATE counted_reports SET status = 'closed', returns = 9"))

    await rebuild(within(session), SeededReferences())

    assert await kept(session) == right


async def test_a_rebuilding_that_was_broken_off_goes_on_behind_the_last_report(session: AsyncSession) -> None:
    reports = sorted([await a_report(session, at_work(STARTED)) for _ in range(5)])
    told: list[tuple[int, int, UUID | None]] = []

    done = await rebuild(
        within(session), SeededReferences(), after=reports[1], batch=2, tell=lambda *so_far: told.append(so_far)
    )

    assert done.reports == 3
    assert told == [(0, 3, reports[1]), (2, 3, reports[3]), (3, 3, reports[4])]
    assert {row.report_id for row in await rows(session, "SELECT * FROM counted_reports")} == set(reports[2:])


async def test_a_report_that_cannot_be_counted_gets_its_deadlines_all_the_same(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = at_work(STARTED)
    report_id = await a_report(session, history)
    await computed(session, report_id, now=history.events[-1].occurred_at)
    before = await kept(session)

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(keeping, "counted", broken)
    await went_on(session, report_id, history.responded("2026-03-04 09:00"))
    refused = await computed(session, report_id, now=history.events[-1].occurred_at)

    stopped = await rows(session, "SELECT stopped_at FROM clocks WHERE stage = 'first_response'")
    assert (refused, stopped[0].stopped_at) == ({}, history.events[-1].occurred_at)
    assert await kept(session) == before


async def test_figures_that_the_database_refuses_hold_up_neither_deadlines_nor_other_reports(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = at_work(STARTED).responded("2026-03-04 09:00")
    bad, good = [await a_report(session, history) for _ in range(2)]
    right = keeping.counted

    def too_large(*args: Any) -> Any:
        spells, steps = right(*args)
        if args[0][0].report_id == bad:
            spells = [replace(one, speed_seconds=2**31) for one in spells]
        return spells, steps

    monkeypatch.setattr(keeping, "counted", too_large)
    refused = await computed(session, bad, good, now=history.events[-1].occurred_at)
    rebuilt = await rebuild(within(session), SeededReferences())

    assert refused == {}
    assert {row.report_id for row in await rows(session, "SELECT report_id FROM clocks")} == {bad, good}
    assert [row.report_id for row in await rows(session, "SELECT report_id FROM counted_reports")] == [good]
    assert (rebuilt.reports, rebuilt.refused) == (2, 1)


async def test_operators_learn_how_many_reports_no_figure_counts_until_they_are_counted(
    session: AsyncSession, caplog: pytest.LogCaptureFixture
) -> None:
    history = at_work(STARTED)
    reports = [await a_report(session, history) for _ in range(2)]
    await computed(session, *reports, now=history.events[-1].occurred_at)
    await a_report(session, history)  # has just come in
    await session.execute(text("DELETE FROM counted_reports WHERE report_id = :id"), {"id": reports[0]})
    metrics = MonitorMetrics(CollectorRegistry())
    jobs = Jobs(within(session), SeededReferences(), metrics, monitor(), wake=lambda: None)

    await jobs.look_at_figures()
    found, said = metrics.uncounted._value.get(), list(caplog.messages)
    await rebuild(within(session), SeededReferences())
    await jobs.look_at_figures()

    assert (found, said) == (1, ["figures leave reports out; run lapor statistics rebuild"])
    assert (metrics.uncounted._value.get(), caplog.messages) == (0, said)


async def test_the_status_that_is_counted_is_that_of_the_log(session: AsyncSession) -> None:
    history = at_work(STARTED).answered("2026-03-04 09:00").closed("2026-03-20 00:00")
    report_id = await a_report(session, history)

    await computed(session, report_id, now=history.events[-1].occurred_at)

    (row,) = await rows(session, "SELECT status, agency, held_by, channel, secret FROM counted_reports")
    assert tuple(row) == ("closed", "dinas-pu", "agency", "agency", False)
