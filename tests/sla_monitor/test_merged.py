"""Clocks of a report that is merged into another, and of one that was merged by mistake."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import ClockOutcome, ClockState
from sla_monitor.clock import Clock
from tests.sla_monitor.histories import MICROSECOND, History, at_work, end_of
from tests.sla_monitor.stored import a_report, broken_chains, clock, computed, steps, swept, went_on

#: They are the citizen's: nobody takes time from them by a mistake.
CITIZENS = ("resolution", "statutory_answer", "oversight_response", "oversight_resolution")
#: Whose time it is could not use it meanwhile.
OTHERS = ("verification", "disposition", "first_response", "reporter_reply", "hold")

START = "2026-03-02 10:00"  # a Monday
MERGED = "2026-03-03 09:00"
UNMERGED = "2026-03-05 09:00"


def essentials(one: Clock) -> tuple[object, ...]:
    return one.stage, one.opened_seq, one.started_at, one.due_at, one.state, one.outcome, one.steps


def by_stage(history: History) -> dict[str, Clock]:
    return {one.stage: one for one in history.clocks()}


@pytest.mark.parametrize(
    "history",
    [
        History().received(START),
        History().received(START).verified(START).forwarded(START),
        at_work(START),
        at_work(START).held(START),
        at_work(START).answered(START),
    ],
    ids=["received", "forwarded", "assigned", "held", "answered"],
)
def test_a_merge_cancels_every_clock_that_runs_from_whatever_status(history: History) -> None:
    running = {one.stage for one in history.clocks() if one.stopped_at is None}

    history.merged(MERGED)

    states = {one.stage: one.state for one in history.clocks() if one.stage in running}
    assert running
    assert set(states.values()) == {ClockState.CANCELLED}


@pytest.mark.parametrize("stage", CITIZENS)
def test_after_an_unmerge_the_clocks_of_the_citizen_are_what_they_were_without_it(stage: str) -> None:
    untouched = by_stage(at_work(START))[stage]

    found = by_stage(at_work(START).merged(MERGED).unmerged(UNMERGED))[stage]

    assert essentials(found) == essentials(untouched)
    assert found.pauses == ()


def test_what_ran_out_while_it_was_merged_is_late_once_it_is_unmerged() -> None:
    history = at_work(START).merged(MERGED)
    assert by_stage(history)["statutory_answer"].outcome is ClockOutcome.PENDING

    history.unmerged("2026-03-20 09:00").answered("2026-03-20 10:00")

    assert by_stage(history)["statutory_answer"].due_at == end_of("2026-03-16")
    assert by_stage(history)["statutory_answer"].outcome is ClockOutcome.LATE


def test_the_time_of_the_agency_stands_still_while_the_report_is_merged() -> None:
    untouched, merged = by_stage(at_work(START)), by_stage(at_work(START).merged(MERGED).unmerged(UNMERGED))

    first = merged["first_response"]

    assert untouched["first_response"].due_at == end_of("2026-03-09")
    assert first.due_at == end_of("2026-03-11")  # two midnights later: Tuesday's and Wednesday's
    assert [(one.reason, one.began_seq) for one in first.pauses] == [("merged", 4)]
    assert (first.opened_seq, first.started_at) == (3, untouched["first_response"].started_at)


def test_a_merge_within_one_day_moves_nothing() -> None:
    found = by_stage(at_work(START).merged("2026-03-03 09:00").unmerged("2026-03-03 17:00"))

    assert found["first_response"].due_at == end_of("2026-03-09")


@pytest.mark.parametrize(
    ("unmerged", "due"),
    [(end_of("2026-03-03"), "2026-03-09"), (end_of("2026-03-03") + MICROSECOND, "2026-03-10")],
    ids=["at midnight", "after it"],
)
def test_a_day_is_given_back_if_the_report_was_merged_at_the_midnight_that_ends_it(
    unmerged: datetime, due: str
) -> None:
    found = by_stage(at_work(START).merged(MERGED).unmerged(unmerged))

    assert found["first_response"].due_at == end_of(due)


def test_a_held_report_is_held_again_and_its_citizen_waits_no_longer_for_it() -> None:
    """Merged on hold: for the resolution the hold went on, for the first response merge and hold are two pauses."""
    held = at_work(START).held(START)
    merged = at_work(START).held(START).merged(MERGED).unmerged(UNMERGED)

    resumed = by_stage(merged.resumed("2026-03-06 09:00"))
    untouched = by_stage(held.resumed("2026-03-06 09:00"))

    assert resumed["resolution"].due_at == untouched["resolution"].due_at
    assert resumed["first_response"].due_at == untouched["first_response"].due_at
    assert [one.reason for one in resumed["first_response"].pauses] == [
        "awaiting_reporter",
        "merged",
        "awaiting_reporter",
    ]
    assert [one.reason for one in resumed["resolution"].pauses] == ["awaiting_reporter"]


def test_while_it_is_held_again_the_due_instant_is_unknown_again() -> None:
    found = by_stage(at_work(START).held(START).merged(MERGED).unmerged(UNMERGED))

    assert (found["resolution"].state, found["resolution"].due_at) == (ClockState.PAUSED, None)
    assert found["hold"].state is ClockState.RUNNING


def test_the_reporter_has_his_ten_days_after_an_answer_without_those_of_the_merge() -> None:
    untouched = by_stage(at_work(START).answered(START))["reporter_reply"]

    found = by_stage(at_work(START).answered(START).merged(MERGED).unmerged(UNMERGED))["reporter_reply"]

    assert untouched.due_at is not None
    assert found.due_at is not None
    assert found.due_at - untouched.due_at >= timedelta(days=2)


def test_what_something_else_had_cancelled_before_stays_cancelled() -> None:
    history = at_work(START).returned("2026-03-02 12:00").merged(MERGED).unmerged(UNMERGED)

    found = by_stage(history)

    assert found["first_response"].state is ClockState.CANCELLED
    assert found["disposition"].state is ClockState.RUNNING


def test_merged_twice_and_unmerged_twice_it_still_runs_from_its_start() -> None:
    history = at_work(START).merged(MERGED).unmerged(UNMERGED).merged("2026-03-06 09:00").unmerged("2026-03-09 09:00")

    found = by_stage(history)

    assert found["resolution"].due_at == by_stage(at_work(START))["resolution"].due_at
    assert len(found["first_response"].pauses) == 2
    assert all(one.state is ClockState.RUNNING for one in found.values() if one.stage in CITIZENS)


def test_a_policy_that_does_not_know_merging_keeps_its_clocks_running() -> None:
    """`report.unmerged` alone takes nothing back: there was nothing to take."""
    history = at_work(START).unmerged(UNMERGED)

    assert by_stage(history)["resolution"].due_at == by_stage(at_work(START))["resolution"].due_at


# --- stored --------------------------------------------------------------------------------------------------


async def test_a_merged_report_is_swept_no_more_and_an_unmerged_one_catches_up_once(session: AsyncSession) -> None:
    history = at_work(START)
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-03-02"))
    await went_on(session, report_id, history.merged(MERGED))
    await computed(session, report_id, now=end_of("2026-03-03"))

    assert await swept(session, end_of("2026-03-17")) == 0
    assert (await clock(session, report_id, "statutory_answer")).state == "cancelled"
    await went_on(session, report_id, history.unmerged("2026-03-17 09:00"))
    await computed(session, report_id, now=end_of("2026-03-17"))
    await swept(session, end_of("2026-03-17"))
    await swept(session, end_of("2026-03-17"))

    assert [one.step_code for one in await steps(session, report_id, "statutory_answer")] == [0]
    assert await steps(session, report_id, "first_response") == []  # its time stood still
    assert await broken_chains(session) == []


async def test_a_reminder_that_was_sent_before_the_merge_is_not_sent_again_after_it(session: AsyncSession) -> None:
    history = at_work(START)
    report_id = await a_report(session, history)
    await computed(session, report_id, now=end_of("2026-03-02"))
    await swept(session, end_of("2026-03-06"))  # a working day before it is due
    await went_on(session, report_id, history.merged("2026-03-07 09:00").unmerged("2026-03-11 09:00"))
    await computed(session, report_id, now=end_of("2026-03-10"))

    await swept(session, end_of("2026-03-11") - MICROSECOND)

    found = await clock(session, report_id, "first_response")
    assert (found.state, found.due_at, found.next_step_at) == ("running", end_of("2026-03-11"), end_of("2026-03-11"))
    sent = await steps(session, report_id, "first_response")
    assert [(one.step_code, one.revoked_at) for one in sent] == [(-1, None)]
