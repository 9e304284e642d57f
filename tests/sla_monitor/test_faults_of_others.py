"""What other systems get wrong, tried on ours from end to end: events, recomputation, sweep, on PostgreSQL.

And corrections: the resolution clock follows the class that a report turns out to have, from its original start.
"""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.sla_monitor.histories import MICROSECOND, at_work, end_of
from tests.sla_monitor.stored import a_report, broken_chains, clock, computed, steps, swept, went_on


async def test_zammad_a_report_that_paused_past_its_old_deadline_is_not_escalated_when_it_resumes(
    session: AsyncSession,
) -> None:
    """From Monday 2 March 2026 five days end on the 9th; held from the 4th to the 30th, it has four days left."""
    history = at_work("2026-03-02 10:00").held("2026-03-04 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-03-04"))
    await swept(session, end_of("2026-03-29"))
    history.resumed("2026-03-30 09:00")
    await went_on(session, report_id, history)
    resumed_at = history.events[-1].occurred_at

    await computed(session, report_id, now=resumed_at)
    await swept(session, resumed_at)

    assert await steps(session, report_id, "first_response") == []
    stored = await clock(session, report_id, "first_response")
    assert (stored.due_on, stored.state, stored.breached_at) == (date(2026, 4, 2), "running", None)
    assert stored.next_step_at == end_of("2026-04-01")

    await swept(session, end_of("2026-04-02") - MICROSECOND)
    assert [step.step_code for step in await steps(session, report_id, "first_response")] == [-1]
    await swept(session, end_of("2026-04-02"))
    assert [step.step_code for step in await steps(session, report_id, "first_response")] == [-1, 0]


async def test_glpi_a_corrected_class_keeps_the_pause(session: AsyncSession) -> None:
    """A pause of two working days, then another limit: the clock has both."""
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").resumed("2026-01-08 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-01-08"))
    before = await clock(session, report_id, "resolution")
    history.fact("report.corrected", "2026-01-09 09:00", classification="complaint", supervisory=True, category=None)
    await went_on(session, report_id, history)

    await computed(session, report_id, now=end_of("2026-01-09"))

    after = await clock(session, report_id, "resolution")
    assert (before.days, after.days) == (14, 60)
    assert (before.due_on, after.due_on) == (
        at_work("2026-01-07 09:00").last("resolution").due_on,
        at_work("2026-01-07 09:00", supervisory=True).last("resolution").due_on,
    )
    assert after.started_at == before.started_at


async def test_frappe_a_pause_takes_the_deadline_away_at_once_and_its_end_gives_the_new_one(
    session: AsyncSession,
) -> None:
    history = at_work("2026-01-05 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-01-05"))
    assert (await clock(session, report_id, "first_response")).due_on == date(2026, 1, 12)

    history.held("2026-01-06 09:00")
    await went_on(session, report_id, history)
    await computed(session, report_id, now=end_of("2026-01-06"))
    paused = await clock(session, report_id, "first_response")
    assert (paused.state, paused.due_at, paused.next_step_at) == ("paused", None, None)
    await swept(session, end_of("2026-01-15"))  # past the old deadline, before the hold itself runs out
    assert await steps(session, report_id, "first_response") == []

    history.resumed("2026-01-16 09:00")
    await went_on(session, report_id, history)
    await computed(session, report_id, now=end_of("2026-01-16"))
    assert (await clock(session, report_id, "first_response")).due_on == date(2026, 1, 23)  # the 16th is Isra Mikraj


@pytest.mark.parametrize(
    ("started", "due_on"),
    [("2026-03-17 10:00", "2026-03-31"), ("2025-08-14 10:00", "2025-08-22"), ("2025-12-23 10:00", "2026-01-02")],
)
async def test_signalen_nobody_is_told_of_a_breach_on_a_holiday(
    session: AsyncSession, started: str, due_on: str
) -> None:
    """Over Idul Fitri 2026, the eighteenth of August 2025 that was added late, and Christmas with its cuti bersama."""
    report_id = await a_report(session, at_work(started))
    await computed(session, report_id, now=end_of(started[:10]))

    await swept(session, end_of(due_on) - MICROSECOND)
    assert [step.step_code for step in await steps(session, report_id, "first_response")] == [-1]

    await swept(session, end_of(due_on))
    assert [step.step_code for step in await steps(session, report_id, "first_response")] == [-1, 0]


async def test_a_breach_that_a_correction_puts_into_the_future_is_revoked(session: AsyncSession) -> None:
    """A complaint that alleges misconduct has 60 days instead of 14: what was recorded too early does not stand."""
    history = at_work("2026-01-05 09:00").responded("2026-01-06 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-01-06"))
    await swept(session, end_of("2026-01-30"))
    assert {0, 3} <= {step.step_code for step in await steps(session, report_id, "resolution")}
    history.fact("report.corrected", "2026-02-02 09:00", classification="complaint", supervisory=True, category=None)
    await went_on(session, report_id, history)

    await computed(session, report_id, now=end_of("2026-02-02"))

    assert all(step.revoked_at == end_of("2026-02-02") for step in await steps(session, report_id, "resolution"))
    stored = await clock(session, report_id, "resolution")
    assert (stored.level, stored.breached_at, stored.outcome) == (0, None, "pending")
    assert await broken_chains(session) == []


async def test_a_correction_to_a_shorter_limit_breaches_what_has_gone_by_already(session: AsyncSession) -> None:
    history = at_work("2026-01-05 09:00").responded("2026-01-06 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-01-06"))
    history.fact("report.corrected", "2026-01-14 09:00", classification="information_request", supervisory=False)
    await went_on(session, report_id, history)

    await computed(session, report_id, now=end_of("2026-01-14"))
    await swept(session, end_of("2026-01-14"))

    taken = await steps(session, report_id, "resolution")
    assert [(step.step_code, step.notify) for step in taken] == [(-1, False), (0, True)]
    assert (await clock(session, report_id, "resolution")).due_on == date(2026, 1, 12)


async def test_a_correction_after_the_answer_changes_no_outcome(session: AsyncSession) -> None:
    """What the clock was when it stopped stands: nobody makes a late answer timely by another class."""
    history = at_work("2026-01-05 09:00").answered("2026-01-29 09:00").reopened("2026-01-30 09:00")
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-01-30"))
    history.fact("report.corrected", "2026-02-02 09:00", classification="complaint", supervisory=True, category=None)
    await went_on(session, report_id, history)

    await computed(session, report_id, now=end_of("2026-02-02"))

    first, second = history.all("resolution")
    assert (first.days, first.outcome, second.days) == (14, "late", 60)
    assert (await clock(session, report_id, "resolution")).days == 60
