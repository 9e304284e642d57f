"""The rungs of the ladder: when, how high, to whom, and which of them a clock lives to see."""

from datetime import date, datetime, timedelta

import pytest

from shared.domain.clocks import OnDue, StepKind
from sla_monitor.day_rules import Pause, Terms, schedule
from sla_monitor.policy import Unit
from tests.sla_monitor.histories import (
    COORDINATOR,
    MICROSECOND,
    NATIONAL,
    WITA,
    History,
    at_work,
    calendar,
    end_of,
    local,
    policy,
)


def rungs(history: History, stage: str) -> list[tuple[int, int, StepKind]]:
    return [(step.offset, step.level, step.kind) for step in history.last(stage).steps]


DEFAULT = [
    (-1, 0, StepKind.REMINDER),
    (0, 1, StepKind.BREACH),
    (3, 2, StepKind.ESCALATION),
    (7, 3, StepKind.ESCALATION),
]


def test_the_default_ladder_stands_on_counted_working_days() -> None:
    history = at_work("2025-03-25 09:00")  # due on 10 April; the 18th and the 20th are holidays

    assert rungs(history, "first_response") == DEFAULT
    assert [step.at for step in history.last("first_response").steps] == [
        end_of(day) for day in ("2025-04-09", "2025-04-10", "2025-04-15", "2025-04-22")
    ]


def test_the_reminder_comes_on_the_counted_day_before_even_across_lebaran() -> None:
    clock = History().received("2025-03-25 09:00").last("verification")  # counted: 26, 27 March, 8 April

    assert clock.steps[0].at == end_of("2025-03-27")


def test_the_reminder_skips_days_that_a_pause_took() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-09 09:00").resumed("2026-01-13 09:00")

    clock = history.last("first_response")  # counted: 6, 7, 8, 13, 14

    assert [step.at for step in clock.steps[:2]] == [end_of("2026-01-13"), end_of("2026-01-14")]


def test_a_reminder_passed_before_an_open_ended_pause_stays() -> None:
    history = at_work("2026-01-05 09:00").held("2026-01-12 09:00")  # due on the 12th

    assert [(step.offset, step.at) for step in history.last("first_response").steps] == [(-1, end_of("2026-01-09"))]


@pytest.mark.parametrize(
    ("unit", "limit", "reminders"), [(Unit.WORKING_DAYS, 7, [end_of("2026-01-13")]), (Unit.CALENDAR_DAYS, 9, [])]
)
def test_in_an_open_ended_pause_calendar_days_have_no_reminder_yet_even_one_that_was_passed(
    unit: Unit, limit: int, reminders: list[datetime]
) -> None:
    working_days = calendar().working_days(None, cuti_bersama_off=True)
    terms = Terms(policy().stages["resolution"], limit, unit, WITA, working_days)
    pause = Pause(local("2026-01-14 09:00"), None, "awaiting_reporter", 1)  # on the day on which both are due

    result = schedule(terms, date(2026, 1, 5).toordinal(), [pause])

    assert (result.due_at, [step.at for step in result.steps]) == (None, reminders)


def test_a_limit_of_one_day_has_no_reminder() -> None:
    limits = {"dinas-pu": {"first_response": 1}}

    [clock] = [
        clock for clock in at_work("2026-01-05 09:00").clocks(local_limits=limits) if clock.stage == "first_response"
    ]

    assert [step.offset for step in clock.steps] == [0, 3, 7]


SECRETARY_AND_INSPECTORATE = ("regional_secretary", "inspectorate")
BY_HOLDER = {
    "national": [("national_admin",), ("national_admin", "supervisors"), ("supervisors",), ("supervisors",)],
    "coordinator": [
        ("coordinator",), ("coordinator", "regional_secretary"), ("national_admin",), SECRETARY_AND_INSPECTORATE,
    ],
    "agency": [
        ("liaison_officers",), ("liaison_officers", "agency_head"), ("coordinator",), SECRETARY_AND_INSPECTORATE,
    ],
}  # fmt: skip
AT = "2026-01-05 09:00"


def _held_by_its_own_coordinator() -> History:
    history = History()
    history.holder = COORDINATOR
    return history.received(AT)


@pytest.mark.parametrize(
    ("history", "stage", "holder"),
    [
        (History().received(AT), "verification", "national"),
        (_held_by_its_own_coordinator(), "verification", "coordinator"),
        (History().received(AT).verified(AT), "resolution", "national"),
        (History().received(AT).verified(AT).forwarded(AT), "disposition", "coordinator"),
        (History().received(AT).verified(AT).forwarded(AT), "resolution", "coordinator"),
        (History().received(AT).verified(AT).forwarded(AT).returned(AT, to=NATIONAL), "disposition", "national"),
        (History().received(AT).verified(AT).forwarded(AT).assigned(AT), "first_response", "agency"),
        (History().received(AT).verified(AT).forwarded(AT).assigned(AT), "resolution", "agency"),
        (History().received(AT).verified(AT).answered(AT).reopened(AT), "first_response", "national"),
        (History().received(AT).verified(AT).answered(AT).reopened(AT), "resolution", "national"),
    ],
)
def test_the_ladder_climbs_from_whoever_holds_the_report(history: History, stage: str, holder: str) -> None:
    assert [step.recipients for step in history.last(stage).steps] == BY_HOLDER[holder]


def test_a_clock_that_ended_keeps_the_ladder_of_whoever_let_it_run() -> None:
    history = History().received(AT).verified("2026-02-05 09:00").forwarded("2026-02-05 09:00")

    late = history.last("verification")

    assert [step.recipients for step in late.steps] == BY_HOLDER["national"]


@pytest.mark.parametrize(
    ("stage", "recipients"),
    [
        ("hold", [()]),
        ("statutory_answer", [()]),
        ("oversight_response", [("regional_head",)]),
        ("oversight_resolution", [("reporter",)]),
    ],
)
def test_what_the_citizen_waits_for_is_nobodys_reminder(stage: str, recipients: list[tuple[str, ...]]) -> None:
    history = History().received(AT).verified(AT).forwarded(AT).assigned(AT)
    if stage == "hold":
        history.held(AT)

    assert [step.recipients for step in history.last(stage).steps] == recipients


@pytest.mark.parametrize(
    ("stage", "on_due", "rung"),
    [
        ("statutory_answer", OnDue.RECORD, (0, 1, StepKind.BREACH)),
        ("oversight_response", OnDue.ESCALATE, (0, 4, StepKind.ESCALATION)),
        ("oversight_resolution", OnDue.ESCALATE, (0, 4, StepKind.ESCALATION)),
    ],
)
def test_clocks_of_calendar_days_have_one_rung_at_due(
    stage: str, on_due: OnDue, rung: tuple[int, int, StepKind]
) -> None:
    clock = History().received("2026-01-05 09:00").last(stage)

    assert clock.on_due is on_due
    assert [(step.offset, step.level, step.kind) for step in clock.steps] == [rung]
    assert clock.steps[0].at == clock.due_at


def test_silence_and_an_unanswered_hold_elapse_at_due() -> None:
    held = at_work("2026-01-05 09:00").held("2026-01-05 10:00")
    answered = at_work("2026-01-05 09:00").answered("2026-01-05 10:00")

    for clock in (held.last("hold"), answered.last("reporter_reply")):
        assert [(step.offset, step.kind, step.at) for step in clock.steps] == [(0, StepKind.ELAPSE, clock.due_at)]


@pytest.mark.parametrize(
    ("stopped", "seen"),
    [
        (end_of("2026-01-09") - MICROSECOND, []),
        (end_of("2026-01-12") - MICROSECOND, [-1]),
        (end_of("2026-01-12"), [-1, 0]),
        (end_of("2026-01-15"), [-1, 0, 3]),
        (end_of("2026-03-15"), [-1, 0, 3, 7]),
    ],
)
def test_a_clock_keeps_the_rungs_that_it_lived_to_see(stopped: datetime, seen: list[int]) -> None:
    history = at_work("2026-01-05 09:00").responded(stopped)

    assert [step.offset for step in history.last("first_response").steps] == seen


def test_a_late_cancelled_clock_keeps_its_breach() -> None:
    history = at_work("2026-01-05 09:00").returned(end_of("2026-01-12") + timedelta(hours=9), to=COORDINATOR)

    assert [step.offset for step in history.last("first_response").steps] == [-1, 0]


def test_a_clock_knows_when_its_opening_was_recorded_so_that_late_entries_show() -> None:
    history = History().received("2026-01-05 09:00", recorded="2026-01-20 09:00")

    clock = history.last("verification")

    assert clock.opened_recorded_at == local("2026-01-20 09:00")
    assert [step.offset for step in clock.steps if step.at < clock.opened_recorded_at] == [-1, 0, 3]
    assert clock.due_on == date(2026, 1, 8)


def test_an_elapsed_limit_that_moves_takes_the_rungs_ahead_with_it() -> None:
    early = at_work("2026-01-05 09:00").last("first_response")
    moved = at_work("2026-01-05 09:00").held("2026-01-07 09:00").resumed("2026-01-08 09:00").last("first_response")

    assert all(late.at > soon.at for soon, late in zip(early.steps, moved.steps, strict=True))
