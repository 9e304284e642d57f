"""Pauses, to the microsecond; and the faults of other systems by name."""

from datetime import date, datetime, timedelta

import pytest

from shared.domain.clocks import ClockOutcome, ClockState
from sla_monitor.explanations import explain
from tests.sla_monitor.histories import MICROSECOND, History, at_work, calendar, end_of, local, policy

# The week of Monday 5 January 2026 and the next: 16 January is a holiday, the other weekdays are working days.


def due_on_after(held: str | datetime, resumed: str | datetime) -> date | None:
    """The last counted day of a first response from Monday the 5th (limit: the 12th), paused once."""
    history = at_work("2026-01-05 09:00").held(held).resumed(resumed)
    return history.last("first_response").due_on


def test_a_day_counts_if_the_clock_runs_at_the_midnight_that_ends_it() -> None:
    assert due_on_after("2026-01-07 00:01", "2026-01-07 23:59") == date(2026, 1, 12)
    assert due_on_after("2026-01-07 23:59", "2026-01-08 00:01") == date(2026, 1, 13)


def test_a_pause_begun_in_the_last_microsecond_of_a_day_takes_the_day() -> None:
    midnight = local("2026-01-08 00:00")

    assert due_on_after(midnight - MICROSECOND, midnight + timedelta(hours=9)) == date(2026, 1, 13)


def test_a_pause_that_ends_exactly_at_midnight_lets_the_day_count() -> None:
    midnight = local("2026-01-08 00:00")

    assert due_on_after("2026-01-07 09:00", midnight) == date(2026, 1, 12)
    assert due_on_after("2026-01-07 09:00", midnight + MICROSECOND) == date(2026, 1, 13)


def test_a_pause_that_begins_exactly_at_midnight_holds_that_midnight() -> None:
    midnight = local("2026-01-08 00:00")

    assert due_on_after(midnight, midnight + timedelta(hours=9)) == date(2026, 1, 13)
    assert due_on_after(midnight + MICROSECOND, midnight + timedelta(hours=9)) == date(2026, 1, 12)


def test_whole_days_of_pause_move_the_due_day_by_as_many_working_days() -> None:
    assert due_on_after("2026-01-06 09:00", "2026-01-09 09:00") == date(2026, 1, 15)


def test_a_pause_over_the_weekend_alone_moves_nothing() -> None:
    assert due_on_after("2026-01-10 09:00", "2026-01-12 09:00") == date(2026, 1, 12)


def test_a_pause_on_the_day_of_the_start_moves_nothing() -> None:
    assert due_on_after("2026-01-05 09:00", "2026-01-06 08:00") == date(2026, 1, 12)


def test_a_pause_that_begins_at_or_after_the_due_instant_changes_nothing() -> None:
    due_at = end_of("2026-01-12")
    untouched = at_work("2026-01-05 09:00").last("first_response")

    at_due = at_work("2026-01-05 09:00").held(due_at).last("first_response")
    before_due = at_work("2026-01-05 09:00").held(due_at - MICROSECOND).last("first_response")

    assert at_due == untouched
    assert (before_due.state, before_due.due_at, before_due.due_on) == (ClockState.PAUSED, None, None)
    assert at_work("2026-01-05 09:00").held(due_at).resumed("2026-01-20 09:00").last("first_response") == untouched


def test_the_rungs_after_the_due_instant_do_not_move_by_a_hold_put_on_after_it() -> None:
    """Else an agency could put off its own escalation."""
    untouched = at_work("2026-01-05 09:00").last("first_response")

    history = at_work("2026-01-05 09:00").held("2026-01-13 09:00").resumed("2026-01-19 09:00")

    assert history.last("first_response").steps == untouched.steps


def test_an_earlier_pause_can_bring_a_later_one_before_the_due_instant() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-08 09:00").resumed("2026-01-09 09:00")
    history.held("2026-01-13 09:00").resumed("2026-01-14 09:00")

    clock = history.last("first_response")

    assert (clock.due_on, len(clock.pauses)) == (date(2026, 1, 14), 2)


def test_two_pauses_on_either_side_of_a_night_add_up() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").resumed("2026-01-07 09:00")
    history.held("2026-01-07 10:00").resumed("2026-01-08 09:00")

    assert history.last("first_response").due_on == date(2026, 1, 14)


def test_an_open_ended_pause_makes_the_due_instant_unknown() -> None:
    clock = at_work("2026-01-05 09:00").held("2026-01-06 09:00").last("first_response")

    assert (clock.state, clock.outcome, clock.due_at, clock.steps) == (
        ClockState.PAUSED,
        ClockOutcome.PENDING,
        None,
        (),
    )
    days = explain(clock, policy(), calendar(), until=date(2026, 1, 8))
    assert [(day.on.day, day.reason) for day in days] == [(6, "paused"), (7, "paused"), (8, "paused")]
    assert days[0].pause is not None
    assert (days[0].pause.reason, days[0].pause.began_seq) == ("awaiting_reporter", 4)
    assert [day.on.day for day in explain(clock, policy(), calendar())] == [6]


def test_waiting_for_the_reporter_pauses_four_clocks_and_no_other() -> None:
    held = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded("2026-01-05 11:00")
    held.held("2026-01-06 09:00")
    at_agency = at_work("2026-01-05 09:00").held("2026-01-06 09:00")
    unverified = History().received("2026-01-05 09:00").held("2026-01-06 09:00")

    paused = {
        clock.stage
        for history in (held, at_agency, unverified)
        for clock in history.clocks()
        if clock.state is ClockState.PAUSED
    }

    assert paused == {"verification", "disposition", "first_response", "resolution"}
    for stage in ("statutory_answer", "oversight_response", "oversight_resolution", "hold"):
        assert at_agency.last(stage).state is ClockState.RUNNING, stage


def test_a_paused_clock_can_be_cancelled_and_was_not_late() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").withdrawn("2026-02-02 09:00")

    clock = history.last("first_response")

    assert (clock.state, clock.outcome, clock.steps) == (ClockState.CANCELLED, ClockOutcome.PENDING, ())


def test_a_pause_of_a_later_round_belongs_to_that_round() -> None:
    history = at_work("2026-01-05 09:00").answered("2026-01-06 09:00").reopened("2026-01-07 09:00")
    history.held("2026-01-08 09:00").resumed("2026-01-09 09:00")

    first, second = history.all("first_response")

    assert (first.pauses, first.due_on) == ((), date(2026, 1, 12))
    assert (len(second.pauses), second.due_on) == (1, date(2026, 1, 15))


# --- what other systems get wrong ----------------------------------------------------------------------------------


def test_zammad_a_resumed_report_is_not_escalated_for_the_time_it_waited() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").resumed("2026-01-30 09:00")

    clock = history.last("first_response")

    assert clock.due_on == date(2026, 2, 5)
    assert all(step.at > local("2026-01-30 09:00") for step in clock.steps)


def test_glpi_a_changed_limit_keeps_the_pause() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").resumed("2026-01-08 09:00")
    before = history.last("resolution")
    history.fact("report.corrected", "2026-01-09 09:00", classification="complaint", supervisory=True)
    after = history.last("resolution")

    assert before.pauses == after.pauses
    assert len(after.pauses) == 1
    assert after.due_on == at_work("2026-01-07 09:00", supervisory=True).last("resolution").due_on


def test_frappe_a_pause_moves_the_due_instant_at_once() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00")
    assert history.last("first_response").due_at is None

    history.resumed("2026-01-08 09:00")

    assert history.last("first_response").due_on == date(2026, 1, 14)


@pytest.mark.parametrize("day_off", ["2025-08-18", "2025-12-25", "2026-03-19"])
def test_signalen_a_holiday_is_no_working_day(day_off: str) -> None:
    clock = History().received(f"{date.fromisoformat(day_off) - timedelta(days=1)} 09:00").last("verification")

    assert date.fromisoformat(day_off) in [day.on for day in explain(clock, policy(), calendar())]
