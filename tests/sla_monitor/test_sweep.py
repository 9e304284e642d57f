"""What one sweep does, step by step. The time is given, and the database is rolled back."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import MONITOR, ROUTING
from shared.log import events
from shared.log.events import FOLLOWERS, EventType
from sla_monitor.sweep import queries as sweeping
from tests.factories import drafted
from tests.sla_monitor.histories import MICROSECOND, History, at_work, end_of
from tests.sla_monitor.stored import a_report, broken_chains, clock, computed, many_reports, rows, steps, swept, went_on

# 5 working days from Monday 2 March 2026, in East Kalimantan.
STARTED = "2026-03-02 10:00"
REMINDER = end_of("2026-03-06")
DUE = end_of("2026-03-09")
PLUS_3 = end_of("2026-03-12")
LONG_AFTER = end_of("2026-06-30")


async def watched(session: AsyncSession, history: History, *, imported: bool = False) -> UUID:
    report_id = await a_report(session, history, imported=imported)
    await computed(session, report_id, now=LONG_AFTER)
    return report_id


async def codes(session: AsyncSession, report_id: UUID, stage: str = "first_response") -> list[int]:
    return [step.step_code for step in await steps(session, report_id, stage)]


async def test_a_step_is_taken_at_its_instant_and_not_a_microsecond_before(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED))

    await swept(session, DUE - MICROSECOND)
    before = await codes(session, report_id)
    await swept(session, DUE)

    assert before == [-1]
    assert await codes(session, report_id) == [-1, 0]
    stored = await clock(session, report_id, "first_response")
    assert (stored.breached_at, stored.level, stored.next_step_at) == (DUE, 1, PLUS_3)


async def test_an_internal_note_holds_no_step_up(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED))
    head = await events.lock_head(session, report_id)
    assert head is not None
    note = drafted(EventType.REPORT_NOTED, DUE, "liaison_officer:a", {})
    await events.append(session, head, note, recorded_at=DUE)
    assert MONITOR in FOLLOWERS[EventType.REPORT_NOTED]
    await computed(session, report_id, now=DUE)

    await swept(session, DUE)

    assert await codes(session, report_id) == [-1, 0]


async def test_a_second_sweep_finds_nothing_more(session: AsyncSession) -> None:
    await watched(session, at_work(STARTED))

    assert await swept(session, DUE) > 0
    assert await swept(session, DUE) == 0


async def test_each_step_in_time_is_notified_to_its_recipients(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED))

    for instant in (REMINDER, DUE, PLUS_3, end_of("2026-03-26")):
        await swept(session, instant)

    told = [
        (step.kind, step.level, step.recipients, step.notify, step.late_entry)
        for step in await steps(session, report_id, "first_response")
    ]
    assert told == [
        ("reminder", 0, "liaison_officers", True, False),
        ("breach", 1, "liaison_officers,agency_head", True, False),
        ("escalation", 2, "coordinator", True, False),
        ("escalation", 3, "regional_secretary,inspectorate", True, False),
    ]
    assert (await clock(session, report_id, "first_response")).next_step is None


async def test_steps_missed_while_nothing_ran_are_all_recorded_and_only_the_highest_is_notified(
    session: AsyncSession,
) -> None:
    report_id = await watched(session, at_work(STARTED))

    await swept(session, PLUS_3)

    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.late_entry, step.notify) for step in recorded] == [
        (-1, True, False),
        (0, True, False),
        (3, False, True),
    ]


async def test_a_step_before_its_clock_was_entered_is_a_late_entry_and_the_highest_is_still_notified(
    session: AsyncSession,
) -> None:
    history = History().received(STARTED, recorded="2026-03-09 09:00")
    report_id = await watched(session, history)

    await swept(session, end_of("2026-03-09"))

    recorded = await steps(session, report_id, "verification")
    assert [(step.step_code, step.late_entry, step.notify) for step in recorded] == [(-1, True, False), (0, True, True)]


async def test_a_reminder_is_not_sent_once_the_deadline_has_passed(session: AsyncSession) -> None:
    """The clock stopped in time, so that the reminder is the highest step there is."""
    report_id = await watched(session, at_work(STARTED).responded("2026-03-09 09:00"))

    await swept(session, LONG_AFTER)

    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.notify) for step in recorded] == [(-1, False)]


async def test_a_historical_import_counts_and_notifies_nobody(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED), imported=True)

    await swept(session, PLUS_3)

    recorded = await steps(session, report_id, "first_response")
    assert [(step.step_code, step.notify) for step in recorded] == [(-1, False), (0, False), (3, False)]


async def test_a_clock_that_stopped_late_before_any_sweep_still_has_its_breach_recorded(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED).responded("2026-03-10 09:00"))

    await swept(session, LONG_AFTER)

    assert await codes(session, report_id) == [-1, 0]
    stored = await clock(session, report_id, "first_response")
    assert (stored.state, stored.outcome, stored.breached_at, stored.level) == ("stopped", "late", DUE, 1)


async def test_a_clock_that_stopped_in_time_is_not_breached(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED).responded("2026-03-04 09:00"))

    await swept(session, LONG_AFTER)

    assert await codes(session, report_id) == []
    assert (await clock(session, report_id, "first_response")).breached_at is None


@pytest.mark.parametrize(
    ("history", "stage", "action"),
    [
        (at_work(STARTED).answered(STARTED), "reporter_reply", "close"),
        (at_work(STARTED).held(STARTED), "hold", "resume"),
        (History().received(STARTED).held(STARTED), "hold", "archive"),
    ],
)
async def test_silence_is_told_as_an_elapsed_clock_with_what_follows(
    session: AsyncSession, history: History, stage: str, action: str
) -> None:
    report_id = await watched(session, history)

    await swept(session, LONG_AFTER)

    told = [event for event in await events.history(session, report_id) if event.data.get("stage") == stage]
    assert [event.type for event in told] == [EventType.CLOCK_ELAPSED]
    due_at = (await clock(session, report_id, stage)).due_at
    opened = len(history.events)
    assert told[0].data == {
        "action": action,
        "due_at": due_at.isoformat(),
        "opened_seq": opened,
        "stage": stage,
    }
    assert told[0].occurred_at == due_at


async def test_the_event_says_what_was_done_and_counts_at_the_instant_of_the_step(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED))

    await swept(session, DUE)

    breach = next(
        event
        for event in await events.history(session, report_id)
        if event.type is EventType.CLOCK_BREACHED and event.data["stage"] == "first_response"
    )
    assert breach.data == {
        "agency": "dinas-pu",
        "due_at": DUE.isoformat(),
        "late_entry": False,
        "level": 1,
        "notify": True,
        "opened_seq": 3,
        "recipients": ["liaison_officers", "agency_head"],
        "round": 1,
        "stage": "first_response",
        "step": 0,
    }
    assert (breach.occurred_at, breach.recorded_at, breach.actor) == (DUE, DUE, "service:sla_monitor")


async def test_what_the_sweep_appends_is_hashed_as_python_hashes_it(session: AsyncSession) -> None:
    await watched(session, at_work(STARTED))
    await watched(session, at_work(STARTED).answered("2026-03-05 10:00"))
    await watched(session, History().received(STARTED).held("2026-03-03 10:00"))

    await swept(session, LONG_AFTER)

    assert await broken_chains(session) == []
    stored = await rows(session, "SELECT data::text AS content FROM events WHERE type LIKE 'clock.%'")
    assert len(stored) > 10
    assert all(row.content == events.canonical(json.loads(row.content)) for row in stored)


async def test_whatever_the_time_zone_of_the_server_instants_are_written_and_hashed_to_the_microsecond(
    session: AsyncSession,
) -> None:
    await session.execute(text("SET LOCAL timezone = 'Asia/Makassar'"))
    await many_reports(session, 300)
    await session.execute(
        text("UPDATE clocks SET step_at[1] = step_at[1] + hashtext(report_id::text) % 1000000 * interval '1 us'")
    )
    await session.execute(text("UPDATE clocks SET due_at = step_at[2], next_step_at = step_at[1]"))

    await sweeping.sweep_batch(session, batch=1000, now=None)

    assert await broken_chains(session) == []
    written = await rows(
        session,
        """
        SELECT e.occurred_at, e.data, c.step_at[1] AS step_at, c.due_at
        FROM events e JOIN clocks c USING (report_id) WHERE e.type LIKE 'clock.%'
        """,
    )
    assert len({row.occurred_at.microsecond for row in written}) > 250
    assert all(row.occurred_at == row.step_at for row in written)
    # PostgreSQL leaves zeros at the end of a fraction out, and Python does not.
    assert all(datetime.fromisoformat(row.data["due_at"]) == row.due_at for row in written)
    assert all(row.data["due_at"].endswith("+00:00") for row in written)


async def test_a_step_without_recipients_is_recorded_and_told_to_nobody(session: AsyncSession) -> None:
    await many_reports(session, 1)
    await session.execute(text("UPDATE clocks SET step_recipients[1] = '', agency_code = NULL"))

    await sweeping.sweep_batch(session, batch=10, now=None)

    assert await broken_chains(session) == []
    (data,) = [row.data for row in await rows(session, "SELECT data FROM events WHERE type LIKE 'clock.%'")]
    assert (data["recipients"], data["notify"], data["agency"]) == ([], False, None)


async def test_an_event_of_the_sweep_moves_the_head_but_not_the_last_fact_and_is_sent_to_its_followers(
    session: AsyncSession,
) -> None:
    report_id = await watched(session, at_work(STARTED))
    before = await events.lock_head(session, report_id)
    await session.execute(text("DELETE FROM outbox"))

    steps_taken = await swept(session, DUE)

    after = await events.lock_head(session, report_id)
    assert before is not None
    assert after is not None
    assert (after.seq, after.fact_seq) == (before.seq + steps_taken, before.fact_seq)
    addressed = await rows(session, "SELECT follower, count(*) AS events FROM outbox GROUP BY follower")
    assert [tuple(row) for row in addressed] == [(ROUTING, steps_taken)]


def test_all_that_the_sweep_writes_has_the_same_followers() -> None:
    assert {FOLLOWERS[event] for event in sweeping.EVENTS.values()} == {(ROUTING,)}


async def test_event_ids_are_uuid_v7_of_their_time(session: AsyncSession) -> None:
    await watched(session, at_work(STARTED))

    await swept(session, DUE)

    ids = [row.id for row in await rows(session, "SELECT id FROM events WHERE type LIKE 'clock.%'")]
    assert len(set(ids)) == len(ids)
    written_at = (await rows(session, "SELECT clock_timestamp() AS at"))[0].at
    assert {(id.version, id.variant) for id in ids} == {(7, "specified in RFC 4122")}
    for id in ids:
        made_at = datetime.fromtimestamp((id.int >> 80) / 1000, tz=written_at.tzinfo)
        assert abs(written_at - made_at) < timedelta(minutes=1)


async def test_a_clock_with_facts_that_were_not_computed_yet_waits(session: AsyncSession) -> None:
    history = at_work(STARTED)
    report_id = await watched(session, history)
    await went_on(session, report_id, history.responded("2026-03-04 09:00"))

    assert await swept(session, DUE) == 0

    await computed(session, report_id, now=DUE)
    await swept(session, DUE)
    assert await codes(session, report_id) == []


async def test_a_report_gives_one_step_to_a_statement_and_the_rest_to_the_next(session: AsyncSession) -> None:
    await many_reports(session, 3, stages=("first_response", "resolution"))
    now = (await rows(session, "SELECT now() AS now"))[0].now

    first = await sweeping.sweep_batch(session, batch=100, now=now)

    assert (first.picked, sum(first.steps.values())) == (6, 3)
    assert await swept(session, now) == 3 * 2 * 3 - 3
    assert await broken_chains(session) == []


async def test_a_step_that_is_recorded_already_is_passed_over_without_an_event(session: AsyncSession) -> None:
    report_id = await watched(session, at_work(STARTED))
    await swept(session, DUE)
    await session.execute(
        text("UPDATE clocks SET next_step = 1, next_step_at = step_at[1] WHERE stage = 'first_response'")
    )
    before = await events.lock_head(session, report_id)

    assert await swept(session, DUE) == 0

    assert await events.lock_head(session, report_id) == before
    assert (await clock(session, report_id, "first_response")).next_step_at == PLUS_3


async def test_without_a_given_time_the_database_says_what_is_due(session: AsyncSession) -> None:
    await many_reports(session, 2, due_after_days=30)  # due at now(), which stands still in a transaction
    await session.execute(text("UPDATE clocks SET next_step = 2, next_step_at = due_at"))
    await session.execute(
        text(
            "UPDATE clocks SET next_step_at = due_at + interval '1 microsecond' "
            "WHERE report_id = (SELECT max(report_id::text)::uuid FROM clocks)"
        )
    )

    done = await sweeping.sweep_batch(session, batch=10, now=None)

    assert dict(done.steps) == {"breach": 1}
