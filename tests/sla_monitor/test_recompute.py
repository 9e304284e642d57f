"""The stored clocks follow from the events, whatever happened in between. The database is rolled back."""

import random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import ids
from shared.log import events
from shared.log.events import EventType
from sla_monitor.recompute import queries, service
from tests.sla_monitor.histories import History, at_work, end_of
from tests.sla_monitor.stored import (
    CALENDAR_ID,
    a_report,
    broken_chains,
    clock,
    computed,
    rows,
    steps,
    swept,
    went_on,
)

STARTED = "2026-03-02 10:00"
REMINDER = end_of("2026-03-06")
DUE = end_of("2026-03-09")
PLUS_3 = end_of("2026-03-12")


async def stored(session: AsyncSession, report_id: UUID) -> list[tuple[object, ...]]:
    """All clocks of a report as they are stored, but for the report they belong to and when they were."""
    found = await rows(session, "SELECT * FROM clocks WHERE report_id = :id ORDER BY stage, opened_seq", id=report_id)
    return [
        tuple(value for name, value in row._mapping.items() if name not in ("report_id", "changed_at")) for row in found
    ]


async def test_a_clock_says_when_what_is_read_of_it_changed_and_not_when_it_was_computed(
    session: AsyncSession,
) -> None:
    history = at_work(STARTED)
    report_id = await a_report(session, history)
    instants = []

    async def changed_at() -> object:
        (row,) = await rows(
            session, "SELECT changed_at FROM clocks WHERE report_id = :id AND stage = 'first_response'", id=report_id
        )
        return row.changed_at

    await computed(session, report_id, now=DUE)
    instants.append(await changed_at())
    await computed(session, report_id, now=DUE, force=True)
    instants.append(await changed_at())
    await went_on(session, report_id, history.responded("2026-03-04 09:00"))
    await computed(session, report_id, now=DUE)
    instants.append(await changed_at())

    assert instants[0] is not None
    assert instants[0] == instants[1] != instants[2]


async def test_the_clocks_are_those_of_the_pure_function(session: AsyncSession) -> None:
    history = at_work(STARTED).responded("2026-03-04 09:00").held("2026-03-05 09:00")
    report_id = await a_report(session, history)

    await computed(session, report_id, now=DUE)

    expected = [
        (c.stage, c.opened_seq, c.agency, c.started_at, c.due_at, c.due_on, c.stopped_at, c.state, c.outcome, c.on_due)
        for c in history.clocks()
    ]
    found = await rows(
        session,
        "SELECT stage, opened_seq, agency_code, started_at, due_at, due_on, stopped_at, state, outcome, on_due "
        "FROM clocks WHERE report_id = :id",
        id=report_id,
    )
    assert {tuple(row) for row in found} == set(expected)


async def test_a_clock_says_what_it_was_computed_with(session: AsyncSession) -> None:
    report_id = await a_report(session, at_work(STARTED), imported=True)

    await computed(session, report_id, now=DUE)

    found = await clock(session, report_id, "first_response")
    assert (found.policy_code, found.calendar_id, found.imported) == ("ID-SP4N-2018", CALENDAR_ID, True)
    assert (found.computed_seq, found.time_zone, found.round) == (3, "Asia/Makassar", 1)
    assert (list(found.step_code), found.next_step, found.next_step_at) == ([-1, 0, 3, 7], 1, REMINDER)


async def test_clocks_that_know_every_fact_are_left_alone_unless_forced(session: AsyncSession) -> None:
    report_id = await a_report(session, at_work(STARTED))
    await computed(session, report_id, now=DUE)
    await session.execute(text("UPDATE clocks SET policy_code = 'seen'"))

    await computed(session, report_id, now=DUE)
    left = await clock(session, report_id, "first_response")
    await computed(session, report_id, now=DUE, force=True)

    assert left.policy_code == "seen"
    assert (await clock(session, report_id, "first_response")).policy_code == "ID-SP4N-2018"


async def test_what_the_monitor_wrote_itself_does_not_make_clocks_out_of_date(session: AsyncSession) -> None:
    report_id = await a_report(session, at_work(STARTED))
    await computed(session, report_id, now=DUE)
    await swept(session, DUE)
    before = await stored(session, report_id)

    await computed(session, report_id, now=PLUS_3)

    assert await stored(session, report_id) == before


@pytest.mark.parametrize("seed", range(5))
async def test_the_order_of_delivery_does_not_matter(session: AsyncSession, seed: int) -> None:
    """One report is computed after every event; the other's deliveries come in any order, twice, and in between."""
    history = (
        at_work(STARTED).responded("2026-03-04 09:00").held("2026-03-05 09:00").replied("2026-03-06 09:00")
        .resumed("2026-03-06 09:00").answered("2026-03-11 09:00")
    )  # fmt: skip
    one = await a_report(session, _first(history, 1))
    for count in range(2, len(history.events) + 1):
        await computed(session, one, now=DUE)
        await went_on(session, one, _first(history, count))
    await computed(session, one, now=DUE)
    other = await a_report(session, _first(history, 2))
    deliveries = random.Random(seed)
    for count in range(3, len(history.events) + 1):
        if deliveries.random() < 0.5:
            await computed(session, other, other, now=DUE, force=deliveries.random() < 0.5)
        await went_on(session, other, _first(history, count))
    await computed(session, other, other, now=DUE)

    assert await stored(session, one) == await stored(session, other)


def _first(history: History, count: int) -> History:
    part = History()
    part.events = history.events[:count]
    return part


async def test_a_clock_that_the_events_do_not_open_any_more_vanishes(session: AsyncSession) -> None:
    report_id = await a_report(session, History().received(STARTED))
    await computed(session, report_id, now=DUE)
    await session.execute(text("UPDATE clocks SET stage = 'invented' WHERE stage = 'verification'"))

    await computed(session, report_id, now=DUE, force=True)

    stages = await rows(session, "SELECT stage FROM clocks WHERE report_id = :id ORDER BY 1", id=report_id)
    assert [row.stage for row in stages] == [
        "oversight_resolution", "oversight_response", "statutory_answer", "verification",
    ]  # fmt: skip


async def a_breach_whose_due_instant_moves(session: AsyncSession, held_at: str, resumed_at: str) -> UUID:
    """Breached by the sweep; then it is learnt that the clock had been paused."""
    history = at_work(STARTED)
    report_id = await a_report(session, history, imported=True)
    await computed(session, report_id, now=DUE)
    await swept(session, DUE)
    await went_on(session, report_id, history.held(held_at).resumed(resumed_at))
    return report_id


async def test_steps_that_lie_ahead_again_are_revoked_and_reinstated(session: AsyncSession) -> None:
    report_id = await a_breach_whose_due_instant_moves(session, "2026-03-04 09:00", "2026-03-06 09:00")

    await computed(session, report_id, now=DUE)

    moved = await clock(session, report_id, "first_response")
    assert moved.due_at == end_of("2026-03-11")
    assert (moved.breached_at, moved.level, moved.next_step) == (None, 0, 1)
    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.revoked_at) for step in recorded] == [(-1, DUE), (0, DUE)]
    told = (await events.history(session, report_id))[-1]
    # Verification and disposition stages stopped before; resolution has no step in the past.
    assert told.type is EventType.CLOCK_REINSTATED
    assert told.data == {
        "stage": "first_response",
        "opened_seq": 3,
        "steps": [-1, 0],
        "due_at": end_of("2026-03-11").isoformat(),
    }
    assert await broken_chains(session) == []


async def test_a_reinstated_step_is_carried_out_again_when_its_time_comes(session: AsyncSession) -> None:
    report_id = await a_breach_whose_due_instant_moves(session, "2026-03-04 09:00", "2026-03-06 09:00")
    await computed(session, report_id, now=DUE)

    await swept(session, end_of("2026-03-11"))

    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.revoked_at is None) for step in recorded] == [
        (-1, False), (0, False), (-1, True), (0, True),
    ]  # fmt: skip
    assert (await clock(session, report_id, "first_response")).breached_at == end_of("2026-03-11")


async def test_steps_that_are_past_all_the_same_stay_and_are_not_repeated(session: AsyncSession) -> None:
    report_id = await a_breach_whose_due_instant_moves(session, "2026-03-04 09:00", "2026-03-06 09:00")

    await computed(session, report_id, now=end_of("2026-03-11"))
    await swept(session, end_of("2026-03-11"))

    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.revoked_at) for step in recorded] == [(-1, None), (0, None)]
    assert (await clock(session, report_id, "first_response")).next_step == 3


async def test_a_reminder_stands_when_only_the_breach_lies_ahead_again(session: AsyncSession) -> None:
    report_id = await a_breach_whose_due_instant_moves(session, "2026-03-04 09:00", "2026-03-06 09:00")

    await computed(session, report_id, now=end_of("2026-03-10"))

    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.revoked_at is None) for step in recorded] == [(-1, True), (0, False)]
    assert (await clock(session, report_id, "first_response")).next_step == 2


async def test_a_breach_does_not_stand_when_it_is_learnt_that_the_answer_came_before_it(session: AsyncSession) -> None:
    """As a historical import enters it, row by row, while the sweep runs."""
    history = at_work(STARTED)
    report_id = await a_report(session, history, imported=True)
    await computed(session, report_id, now=PLUS_3)
    await swept(session, PLUS_3)
    await went_on(session, report_id, history.responded("2026-03-04 09:00"))

    await computed(session, report_id, now=PLUS_3)

    found = await clock(session, report_id, "first_response")
    assert (found.outcome, found.breached_at, found.level, found.next_step_at) == ("met", None, 0, None)
    assert all(step.revoked_at is not None for step in await steps(session, report_id, "first_response"))


async def test_a_due_instant_that_moved_earlier_is_left_to_the_next_sweep(session: AsyncSession) -> None:
    report_id = await a_report(session, at_work(STARTED))
    await computed(session, report_id, now=DUE)
    await session.execute(text("UPDATE clocks SET due_at = due_at + interval '9 days', step_at[1] = now()"))

    await computed(session, report_id, now=PLUS_3, force=True)

    assert await steps(session, report_id, "first_response") == []
    await swept(session, DUE)
    assert [step.step_code for step in await steps(session, report_id, "first_response")] == [-1, 0]


async def test_the_time_that_counts_is_after_the_locks_were_taken(session: AsyncSession) -> None:
    """Else a step that a sweep took while this transaction waited would seem to lie in the future."""
    began = (await rows(session, "SELECT now() AS at"))[0].at

    assert began < await queries.now(session) < await queries.now(session)


async def test_a_report_that_there_is_not_is_named(session: AsyncSession) -> None:
    unknown = ids.new_id()

    assert await computed(session, unknown, now=DUE) == {unknown: service.NO_REPORT}


async def test_a_history_that_no_clock_can_be_made_of_holds_up_nobody_else(session: AsyncSession) -> None:
    good = await a_report(session, at_work(STARTED))
    beyond = await a_report(session, History().received("2050-03-02 10:00"))

    refused = await computed(session, good, beyond, now=DUE)

    assert refused == {beyond: "calendar_year_missing"}
    assert await stored(session, good)
    assert await stored(session, beyond) == []


async def test_reports_whose_events_were_not_taken_for_a_minute_are_found_by_the_outbox(session: AsyncSession) -> None:
    behind = await a_report(session, at_work(STARTED))
    current = await a_report(session, at_work(STARTED))
    await computed(session, current, now=DUE)

    assert await queries.behind(session, limit=10) == [behind]
    assert await queries.count_behind(session) == 1
