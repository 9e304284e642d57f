"""What holds for every history, checked on random ones."""

from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.domain.clocks import ClockState
from sla_monitor.calendars import Calendar, Name, WorkingDays
from sla_monitor.clock import Clock
from sla_monitor.day_rules import Pause, Terms, schedule
from sla_monitor.deadlines import clocks
from sla_monitor.policy import Unit
from tests.effort import times
from tests.sla_monitor.histories import WIB, WIT, WITA, History, calendar, end_of, policy

FIRST, LAST = date(2016, 1, 4), date(2026, 6, 30)
days = st.dates(FIRST, LAST)
zones = st.sampled_from([WIB, WITA, WIT])
limits = st.integers(1, 60)
unhurried = settings(deadline=None, max_examples=times(30, 500))  # the first example builds the calendar


@cache
def days_off() -> NDArray[np.datetime64]:
    return np.array(sorted({*calendar().holidays, *calendar().cuti_bersama}), dtype="datetime64[D]")


def working_days() -> WorkingDays:
    return calendar().working_days(None, cuti_bersama_off=True)


def terms(limit: int, zone: str, counter: WorkingDays | None = None, unit: Unit = Unit.WORKING_DAYS) -> Terms:
    return Terms(policy().stages["resolution"], limit, unit, zone, counter or working_days())


def numpys(day: date, count: int) -> date:
    """The count-th working day after the day (before, if negative), whatever the day itself is."""
    roll = "backward" if count > 0 else "forward"
    found = np.busday_offset(np.datetime64(day), count, roll=roll, holidays=days_off())  # type: ignore[call-overload]
    moved: date = found.astype(object)
    return moved


@unhurried
@given(day=days, limit=limits, zone=zones)
def test_the_due_day_and_every_rung_agree_with_numpy(day: date, limit: int, zone: str) -> None:
    result = schedule(terms(limit, zone), day.toordinal(), ())

    due_on = numpys(day, limit)
    assert (result.due_on, result.due_at) == (due_on, end_of(due_on, zone))
    expected = [end_of(numpys(due_on, offset) if offset else due_on, zone) for offset in (-1, 0, 3, 7)]
    assert [step.at for step in result.steps] == (expected if limit > 1 else expected[1:])


@unhurried
@given(day=days, limit=limits, count=st.integers(0, 30), begun=st.integers(0, 60), zone=zones)
def test_a_pause_of_n_working_days_moves_the_due_instant_by_n_working_days(
    day: date, limit: int, count: int, begun: int, zone: str
) -> None:
    """From some hour of one day, to an hour of the day n working days after it."""
    began_on = numpys(day, begun % limit) if begun % limit else day
    assume(np.is_busday(np.datetime64(began_on), holidays=days_off()))
    ended_on = numpys(began_on, count) if count else began_on
    nine, ten = (
        datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo(zone)) for on, hour in ((began_on, 9), (ended_on, 10))
    )

    paused = schedule(terms(limit, zone), day.toordinal(), [Pause(nine, ten, "awaiting_reporter", 1)])

    # The day of the start is day 0: a pause over its midnight takes no counted day.
    taken = count - 1 if began_on == day and count else count
    assert paused.due_on == numpys(day, limit + taken)


@unhurried
@given(day=days, limit=limits, extra=st.sets(st.integers(1, 120), max_size=12), unit=st.sampled_from(Unit))
def test_more_holidays_never_make_a_deadline_or_a_rung_earlier(
    day: date, limit: int, extra: set[int], unit: Unit
) -> None:
    added = {day + timedelta(days=n): Name("Libur", "Day off") for n in extra}
    more = Calendar("more", 2010, 2031, frozenset(), {**calendar().holidays, **added}, calendar().cuti_bersama)
    fewer_steps = schedule(terms(limit, WITA, unit=unit), day.toordinal(), ())
    counter = more.working_days(None, cuti_bersama_off=True)
    more_steps = schedule(terms(limit, WITA, counter, unit), day.toordinal(), ())

    assert fewer_steps.due_at is not None
    assert more_steps.due_at is not None
    assert fewer_steps.due_at <= more_steps.due_at
    after = {step.offset: step.at for step in more_steps.steps}
    for step in fewer_steps.steps:
        # A reminder before a calendar-day due moves back over a new holiday; everything else only ahead.
        assert step.at <= after.get(step.offset, step.at) or (unit is Unit.CALENDAR_DAYS and step.offset < 0)


# --- whole histories ------------------------------------------------------------------------------------------------

ACTIONS = {
    "received": ("verified", "held"),
    "verified": ("forwarded", "assigned", "answered", "returned", "held", "archived"),
    "assigned": ("redirected", "returned", "held", "responded", "answered"),
    "in_progress": ("redirected", "held", "responded", "answered"),
    "awaiting_reporter": ("resumed",),
    "answered": ("reopened", "closed"),
    "closed": ("reopened",),
    "archived": ("appealed",),
}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A report that moves by legal actions for a while, with a few minutes to a few days between them."""
    at = datetime(2025, 1, 6, 9, tzinfo=ZoneInfo(WITA))
    history = History().received(at)
    for _ in range(draw(st.integers(0, 14))):
        at += timedelta(minutes=draw(st.integers(0, 60 * 24 * 6)))
        action = draw(st.sampled_from(ACTIONS[history.status]))
        getattr(history, action)(at)
    return history


@unhurried
@given(history=histories(), order=st.randoms(use_true_random=False))
def test_the_order_of_delivery_never_matters(history: History, order: Random) -> None:
    shuffled = list(history.events)
    order.shuffle(shuffled)

    assert clocks(shuffled, policy(), calendar()) == history.clocks()


@unhurried
@given(history=histories())
def test_what_is_over_stays_as_it_was_when_more_events_come(history: History) -> None:
    """Replay equals: a stopped or cancelled clock is never changed by a later event, but for the one that runs on."""
    so_far: dict[tuple[str, int], Clock] = {}
    for count in range(1, len(history.events) + 1):
        for clock in clocks(history.events[:count], policy(), calendar()):
            key = (clock.stage, clock.opened_seq)
            known = so_far.get(key)
            over = known is not None and known.state in (ClockState.STOPPED, ClockState.CANCELLED)
            if over and clock.stage != "oversight_resolution":
                assert clock == known
            so_far[key] = clock


@unhurried
@given(history=histories())
def test_clocks_are_consistent_whatever_happened(history: History) -> None:
    found = history.clocks()

    running = [clock.stage for clock in found if clock.state in (ClockState.RUNNING, ClockState.PAUSED)]
    assert len(running) == len(set(running)), "at most one clock of a stage runs"
    assert len({(clock.stage, clock.opened_seq) for clock in found}) == len(found)
    for clock in found:
        assert (clock.stopped_at is None) == (clock.state in (ClockState.RUNNING, ClockState.PAUSED))
        assert (clock.due_at is None) == (clock.state is ClockState.PAUSED)
        assert clock.stopped_at is None or clock.stopped_at >= clock.started_at
        assert clock.due_at is None or clock.due_at > clock.started_at
        assert list(clock.steps) == sorted(clock.steps, key=lambda step: step.at)
        assert all(clock.stopped_at is None or step.at <= clock.stopped_at for step in clock.steps)
        if clock.state in (ClockState.STOPPED, ClockState.CANCELLED):
            breached = any(step.offset == 0 for step in clock.steps)
            assert (clock.outcome == "late") == breached


@unhurried
@given(history=histories())
def test_a_report_out_of_the_open_statuses_has_no_running_clock(history: History) -> None:
    running = [clock for clock in history.clocks() if clock.stopped_at is None]

    assert (running == []) == (history.status in ("closed", "archived"))


@pytest.mark.parametrize("year", range(2016, 2026))
def test_the_working_days_of_a_year_are_those_of_numpy(year: int) -> None:
    counter = working_days()
    first, following = date(year, 1, 1), date(year + 1, 1, 1)

    count = counter.index(following.toordinal()) - counter.index(first.toordinal())

    assert count == np.busday_count(np.datetime64(first), np.datetime64(following), holidays=days_off())
