"""What starts, stops, cancels and renews each clock of ID-SP4N-2018."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.clocks import ClockOutcome, ClockState, OnDue
from sla_monitor.clock import Clock
from sla_monitor.deadlines import clocks
from tests.sla_monitor.histories import (
    COORDINATOR,
    MICROSECOND,
    NATIONAL,
    History,
    at_work,
    calendar,
    end_of,
    local,
    policy,
)

CITIZENS_CLOCKS = ("resolution", "statutory_answer", "oversight_response", "oversight_resolution")


def states(history: History) -> dict[str, ClockState]:
    """The last clock of every stage."""
    return {clock.stage: clock.state for clock in history.clocks()}


def summary(found: list[Clock]) -> list[tuple[int, ClockState, ClockOutcome]]:
    return [(clock.opened_seq, clock.state, clock.outcome) for clock in found]


def test_receipt_starts_verification_the_statutory_answer_and_both_oversights() -> None:
    history = History().received("2026-01-05 09:00")

    assert states(history) == dict.fromkeys(
        ("verification", "statutory_answer", "oversight_response", "oversight_resolution"), ClockState.RUNNING
    )


def test_verifying_starts_the_resolution_and_leaves_verification_running() -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-06 09:00")

    assert states(history)["verification"] is ClockState.RUNNING
    assert history.last("resolution").started_at == local("2026-01-06 09:00")


@pytest.mark.parametrize("action", ["forwarded", "assigned", "answered"])
def test_forwarding_assigning_and_answering_stop_verification(action: str) -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-05 10:00")

    getattr(history, action)("2026-01-06 09:00")

    assert summary(history.all("verification")) == [(1, ClockState.STOPPED, ClockOutcome.MET)]


@pytest.mark.parametrize("action", ["assigned", "answered"])
def test_disposition_runs_from_forwarding_to_assignment_or_answer(action: str) -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded("2026-01-06 09:00")
    running = history.last("disposition")

    getattr(history, action)("2026-01-07 09:00")

    assert (running.opened_seq, running.state, running.agency) == (3, ClockState.RUNNING, "kaltim")
    assert running.due_on == date(2026, 1, 9)
    assert summary(history.all("disposition")) == [(3, ClockState.STOPPED, ClockOutcome.MET)]


def test_a_second_forwarding_ends_the_disposition_of_the_first_coordinator_by_its_own_due() -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded("2026-01-05 11:00")
    history.forwarded(end_of("2026-01-08")).assigned("2026-01-12 09:00")

    assert summary(history.all("disposition")) == [
        (3, ClockState.STOPPED, ClockOutcome.LATE),
        (4, ClockState.STOPPED, ClockOutcome.MET),
    ]


def test_a_coordinators_return_upwards_ends_its_disposition_and_starts_the_next() -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded("2026-01-05 11:00")
    history.returned("2026-01-06 09:00", to=NATIONAL)

    assert summary(history.all("disposition")) == [
        (3, ClockState.STOPPED, ClockOutcome.MET),
        (4, ClockState.RUNNING, ClockOutcome.PENDING),
    ]
    assert [clock.agency for clock in history.all("disposition")] == ["kaltim", None]


@pytest.mark.parametrize("action", ["responded", "answered"])
def test_the_first_response_stops_its_clock_and_the_statutory_and_the_oversight_one(action: str) -> None:
    history = at_work("2026-01-05 09:00")

    getattr(history, action)("2026-01-06 09:00")

    for stage in ("first_response", "statutory_answer", "oversight_response"):
        assert history.last(stage).state is ClockState.STOPPED, stage
    ends_all = action == "answered"
    for stage in ("resolution", "oversight_resolution"):
        assert history.last(stage).state is (ClockState.STOPPED if ends_all else ClockState.RUNNING), stage


def test_a_final_first_response_stops_both_clocks_and_waits_for_the_reporter() -> None:
    history = at_work("2026-01-05 09:00").answered("2026-01-06 09:00")

    assert history.last("first_response").stopped_seq == history.last("resolution").stopped_seq == 4
    reply = history.last("reporter_reply")
    assert (reply.state, reply.on_due, reply.due_on) == (ClockState.RUNNING, OnDue.CLOSE, date(2026, 1, 21))


def test_a_report_answered_directly_leaves_only_the_reporters_reaction_running() -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded("2026-01-05 11:00")

    history.answered("2026-01-06 09:00")

    running = {clock.stage for clock in history.clocks() if clock.state is ClockState.RUNNING}
    assert running == {"reporter_reply"}
    assert history.all("first_response") == []


def test_a_redirect_cancels_the_first_response_and_starts_it_anew_for_the_next_agency() -> None:
    history = at_work("2026-01-05 09:00").redirected("2026-01-07 09:00", "dinas-lh")

    first, second = history.all("first_response")

    assert (first.state, first.outcome, first.agency) == (ClockState.CANCELLED, ClockOutcome.PENDING, "dinas-pu")
    assert (second.state, second.agency, second.round) == (ClockState.RUNNING, "dinas-lh", 1)
    assert second.due_on == date(2026, 1, 14)


@pytest.mark.parametrize(
    ("before_due", "outcome"), [(MICROSECOND, ClockOutcome.PENDING), (timedelta(0), ClockOutcome.LATE)]
)
def test_a_clock_cancelled_at_or_after_its_due_was_late(before_due: timedelta, outcome: ClockOutcome) -> None:
    due_at = at_work("2026-01-05 09:00").last("first_response").due_at
    assert due_at is not None

    history = at_work("2026-01-05 09:00").redirected(due_at - before_due)

    assert history.all("first_response")[0].outcome is outcome


def test_a_return_cancels_the_first_response_and_starts_a_disposition() -> None:
    history = at_work("2026-01-05 09:00").returned("2026-01-07 09:00", to=COORDINATOR)

    assert history.last("first_response").state is ClockState.CANCELLED
    assert history.last("disposition").state is ClockState.RUNNING
    assert history.last("disposition").started_at == local("2026-01-07 09:00")


def test_ping_pong_between_agencies_never_resets_the_citizens_clocks() -> None:
    played = at_work("2026-01-05 09:00")
    due = {stage: played.last(stage).due_at for stage in CITIZENS_CLOCKS}

    for day in range(6, 20, 2):
        played.returned(f"2026-01-{day:02} 09:00").assigned(f"2026-01-{day:02} 15:00", f"agency-{day}")
    played.redirected("2026-01-20 09:00").returned("2026-01-21 09:00").returned("2026-01-22 09:00", to=NATIONAL)

    for stage in CITIZENS_CLOCKS:
        [clock] = played.all(stage)
        assert (clock.due_at, clock.state) == (due[stage], ClockState.RUNNING)
    assert len(played.all("first_response")) == 9


def test_the_citizens_clocks_name_whoever_holds_the_report_while_they_run() -> None:
    history = at_work("2026-01-05 09:00").redirected("2026-01-06 09:00", "dinas-lh")
    running = history.last("resolution").agency
    history.answered("2026-01-07 09:00")

    assert (running, history.last("resolution").agency) == ("dinas-lh", "dinas-lh")


@pytest.mark.parametrize(
    ("verified", "days"),
    [
        ({"classification": "information_request"}, 5),
        ({"classification": "aspiration"}, 5),
        ({"classification": "complaint", "supervisory": False}, 14),
        ({"classification": "complaint", "supervisory": True}, 60),
    ],
)
def test_the_class_decides_the_limit_of_the_resolution(verified: dict[str, Any], days: int) -> None:
    assert at_work("2026-01-05 09:00", **verified).last("resolution").days == days


def test_a_class_corrected_at_verification_replaces_the_one_of_the_receipt() -> None:
    history = History().received("2026-01-05 09:00", classification="complaint")

    history.verified("2026-01-05 10:00", classification="aspiration")

    assert history.last("resolution").days == 5


def test_a_class_corrected_after_verification_counts_from_the_original_start() -> None:
    history = at_work("2026-01-05 09:00")
    history.fact("report.classified", "2026-01-08 09:00", classification="complaint", supervisory=True)

    clock = history.last("resolution")

    assert (clock.days, clock.started_at) == (60, local("2026-01-05 09:00"))


@pytest.mark.parametrize("cause", ["reply", "rating", "reopening"])
def test_each_reopening_begins_a_round_and_leaves_the_earlier_outcomes(cause: str) -> None:
    history = at_work("2026-01-05 09:00").responded("2026-01-06 09:00").answered("2026-01-30 09:00")
    history.reopened("2026-02-02 09:00", cause).answered("2026-02-03 09:00").reopened("2026-02-04 09:00", cause)

    for stage, first in (("first_response", ClockOutcome.MET), ("resolution", ClockOutcome.LATE)):
        rounds = history.all(stage)
        assert [clock.round for clock in rounds] == [1, 2, 3]
        assert [clock.outcome for clock in rounds] == [first, ClockOutcome.MET, ClockOutcome.PENDING]
        assert [clock.days for clock in rounds] == [rounds[0].days] * 3
    assert [clock.round for clock in history.all("reporter_reply")] == [1, 2]


def test_a_new_round_keeps_the_class_of_the_report() -> None:
    history = at_work("2026-01-05 09:00", supervisory=True).answered("2026-01-06 09:00")

    assert history.reopened("2026-01-07 09:00").last("resolution").days == 60


def test_the_time_between_answer_and_reopening_is_a_pause_of_the_oversight_of_the_resolution() -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-05 09:00").assigned("2026-01-05 09:00")
    history.answered("2026-01-10 09:00").closed("2026-01-26 00:00").reopened("2026-01-30 09:00", "reopening")

    [clock] = history.all("oversight_resolution")

    assert (clock.state, clock.stopped_at, clock.round) == (ClockState.RUNNING, None, 1)
    assert clock.due_on == date(2026, 3, 26)  # 6 March and 20 days
    [pause] = clock.pauses
    assert (pause.reason, pause.began_at, pause.ended_at) == (
        "answered",
        local("2026-01-10 09:00"),
        local("2026-01-30 09:00"),
    )


def test_an_oversight_that_was_late_before_the_answer_stays_late_after_a_reopening() -> None:
    history = at_work("2026-01-05 09:00").answered("2026-04-01 09:00").reopened("2026-04-02 09:00")

    clock = history.last("oversight_resolution")

    assert (clock.due_on, clock.pauses, clock.state) == (date(2026, 3, 6), (), ClockState.RUNNING)


def test_the_first_response_of_a_later_round_leaves_the_statutory_answer_alone() -> None:
    history = at_work("2026-01-05 09:00").answered("2026-01-06 09:00").reopened("2026-01-07 09:00")

    assert summary(history.all("statutory_answer")) == [(1, ClockState.STOPPED, ClockOutcome.MET)]
    assert summary(history.all("oversight_response")) == [(1, ClockState.STOPPED, ClockOutcome.MET)]


def test_a_later_message_of_the_agency_gives_the_reporter_ten_days_again() -> None:
    history = at_work("2026-01-05 09:00").answered("2026-01-06 09:00")
    history.fact("report.responded", "2026-01-08 09:00", **{"from": "answered", "to": "answered"})

    first, second = history.all("reporter_reply")

    assert (first.state, second.state) == (ClockState.CANCELLED, ClockState.RUNNING)
    assert second.started_at == local("2026-01-08 09:00")


def test_reply_and_rating_stop_the_wait_for_the_reporter_at_once() -> None:
    replied = at_work("2026-01-05 09:00").answered("2026-01-06 09:00").replied("2026-01-07 09:00")
    rated = at_work("2026-01-05 09:00").answered("2026-01-06 09:00").rated("2026-01-07 09:00", poor=False)

    for history in (replied, rated):
        clock = history.last("reporter_reply")
        assert (clock.state, clock.stopped_at, clock.steps) == (ClockState.STOPPED, local("2026-01-07 09:00"), ())


def test_silence_that_closed_a_report_is_a_late_reaction_whose_step_stays() -> None:
    history = at_work("2026-01-05 09:00").answered("2026-01-06 09:00")
    due_at = history.last("reporter_reply").due_at
    assert due_at is not None

    clock = history.closed(due_at).last("reporter_reply")

    assert (clock.state, clock.outcome, len(clock.steps)) == (ClockState.STOPPED, ClockOutcome.LATE, 1)


@pytest.mark.parametrize("action", ["archived", "withdrawn"])
def test_archiving_and_withdrawing_cancel_every_running_clock(action: str) -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-06 09:00")

    getattr(history, action)("2026-01-07 09:00")

    assert set(states(history).values()) == {ClockState.CANCELLED}
    assert {clock.outcome for clock in history.clocks()} == {ClockOutcome.PENDING}


def test_merging_cancels_every_running_clock() -> None:
    history = at_work("2026-01-05 09:00").fact("report.merged", "2026-01-06 09:00", to="merged")

    assert ClockState.RUNNING not in states(history).values()


def test_an_appeal_verifies_anew_and_a_new_verification_resolves_anew() -> None:
    history = History().received("2026-01-05 09:00").verified("2026-01-06 09:00").archived("2026-01-07 09:00")
    history.appealed("2026-01-08 09:00").verified("2026-01-09 09:00")

    assert summary(history.all("verification")) == [
        (1, ClockState.CANCELLED, ClockOutcome.PENDING),
        (4, ClockState.RUNNING, ClockOutcome.PENDING),
    ]
    assert summary(history.all("resolution")) == [
        (2, ClockState.CANCELLED, ClockOutcome.PENDING),
        (5, ClockState.RUNNING, ClockOutcome.PENDING),
    ]


@pytest.mark.parametrize(
    ("held_from", "on_due"),
    [
        ("received", OnDue.ARCHIVE),
        ("verified", OnDue.ARCHIVE),
        ("assigned", OnDue.RESUME),
        ("in_progress", OnDue.RESUME),
    ],
)
def test_a_hold_that_nobody_answers_archives_during_verification_and_resumes_at_an_agency(
    held_from: str, on_due: OnDue
) -> None:
    history = History().received("2026-01-05 09:00")
    if held_from != "received":
        history.verified("2026-01-05 10:00")
    if held_from in ("assigned", "in_progress"):
        history.assigned("2026-01-05 11:00")
    if held_from == "in_progress":
        history.responded("2026-01-05 12:00")

    clock = history.held("2026-01-06 09:00").last("hold")

    assert (clock.on_due, clock.due_on, clock.state) == (on_due, date(2026, 1, 21), ClockState.RUNNING)


def test_a_reply_stops_the_hold_even_before_routing_has_resumed_the_report() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").replied("2026-01-07 09:00")
    before = history.last("hold")
    after = history.resumed("2026-01-07 09:00").last("hold")

    assert before == after
    assert (after.state, after.outcome) == (ClockState.STOPPED, ClockOutcome.MET)


def test_the_monitors_own_events_and_views_change_nothing() -> None:
    history = at_work("2026-01-05 09:00")
    before = history.clocks()
    history.fact("clock.breached", "2026-01-13 00:00", stage="first_response", opened_seq=3)
    history.fact("reporter.consented", "2026-01-13 00:00", purpose="ombudsman", granted=True)
    history.fact("report.noted", "2026-01-13 00:00", message="m")

    assert history.clocks() == before


def test_the_order_of_delivery_does_not_matter() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-06 09:00").resumed("2026-01-08 09:00")
    history.responded("2026-01-09 09:00").answered("2026-01-12 09:00").reopened("2026-01-13 09:00")
    shuffled = list(history.events)
    random.Random(1).shuffle(shuffled)

    assert clocks(shuffled, policy(), calendar()) == history.clocks()


def test_no_events_no_clocks() -> None:
    assert clocks([], policy(), calendar()) == []


def test_a_stricter_local_limit_counts_and_a_looser_one_does_not() -> None:
    history = at_work("2026-01-05 09:00")
    limits = {"dinas-pu": {"first_response": 2, "resolution": 30}, "dinas-lh": {"first_response": 1}}

    found = {clock.stage: clock.days for clock in history.clocks(local_limits=limits)}

    assert (found["first_response"], found["resolution"]) == (2, 14)
