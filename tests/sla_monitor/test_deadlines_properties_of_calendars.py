"""What holds for every calendar, checked on invented ones: random years, working weeks and days off."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sla_monitor.calendars import Calendar, Name
from sla_monitor.day_rules import Pause, Schedule, Terms, schedule
from sla_monitor.deadlines import clocks
from sla_monitor.policy import Unit
from tests.effort import times
from tests.sla_monitor.histories import WIB, WIT, WITA, History, calendar, end_of, policy
from tests.sla_monitor.test_deadlines_properties import histories

OFF = Name("Libur", "Day off")
zones = st.sampled_from([WIB, WITA, WIT])
limits = st.integers(1, 60)


class Invented(NamedTuple):
    """A year and the one after it, for which numpy knows the same working days."""

    year: int
    weekend: frozenset[int]
    holidays: frozenset[date]
    cuti_bersama: frozenset[date]

    def calendar(self) -> Calendar:
        return Calendar(
            "invented", self.year, self.year + 1, frozenset(), dict.fromkeys(self.holidays, OFF),
            dict.fromkeys(self.cuti_bersama, OFF), weekend=self.weekend,
        )  # fmt: skip

    def numpys(self, day: date, count: int) -> date:
        """The count-th working day after the day, whatever the day itself is; for 0 the day itself or the next."""
        found: np.datetime64 = np.busday_offset(
            np.datetime64(day), count, roll="backward" if count else "forward",
            weekmask=[weekday not in self.weekend for weekday in range(1, 8)],
            holidays=np.array(sorted(self.holidays | self.cuti_bersama), dtype="datetime64[D]"),
        )  # fmt: skip
        moved: date = found.astype(object)
        return moved

    def schedule(self, day: date, limit: int, zone: str, pauses: Sequence[Pause] = ()) -> Schedule:
        working_days = self.calendar().working_days(None, cuti_bersama_off=True)
        terms = Terms(policy().stages["resolution"], limit, Unit.WORKING_DAYS, zone, working_days)
        return schedule(terms, day.toordinal(), pauses)


@st.composite
def invented(draw: st.DrawFn, year: int) -> Invented:
    first = date(year, 1, 1)
    some_days = st.frozensets(st.integers(0, 729).map(lambda n: first + timedelta(days=n)), max_size=40)
    weekend = draw(st.frozensets(st.integers(1, 7), min_size=1, max_size=3))
    return Invented(year, weekend, draw(some_days), draw(some_days))


years = st.lists(st.integers(1970, 2150), min_size=10, max_size=10, unique=True)


@settings(deadline=None, max_examples=times(5, 50))
@given(data=st.data(), chosen=years)
def test_due_instants_agree_with_numpy_over_ten_random_years(data: st.DataObject, chosen: list[int]) -> None:
    for year in chosen:
        place = data.draw(invented(year))
        day = date(year, 1, 1) + timedelta(days=data.draw(st.integers(0, 364)))
        limit, zone = data.draw(limits), data.draw(zones)

        result = place.schedule(day, limit, zone)

        due_on = place.numpys(day, limit)
        assert (result.due_on, result.due_at) == (due_on, end_of(due_on, zone))
        risen = {step.offset: step.at for step in result.steps if step.offset >= 0}
        assert risen == {n: end_of(place.numpys(due_on, n) if n else due_on, zone) for n in (0, 3, 7)}


@st.composite
def several_pauses(draw: st.DrawFn, limit: int) -> list[tuple[int, int]]:
    """Each begins on a working day, numbered from the start, and lasts some more, in the course of the clock."""
    found: list[tuple[int, int]] = []
    on, left = 1, limit - 1
    for _ in range(draw(st.integers(1, 4))):
        later = draw(st.integers(0, left))
        lasts = draw(st.integers(0, 15))
        found.append((on + later, lasts))
        on, left = on + later + lasts, left - later
    return found


@settings(deadline=None, max_examples=times(20, 200))
@given(data=st.data(), year=st.integers(1970, 2150), limit=limits, zone=zones)
def test_pauses_of_n_working_days_move_the_due_instant_by_exactly_n_working_days(
    data: st.DataObject, year: int, limit: int, zone: str
) -> None:
    place = data.draw(invented(year))
    day = date(year, 1, 1) + timedelta(days=data.draw(st.integers(0, 180)))
    taken = data.draw(several_pauses(limit))

    def at(number: int, minute: int) -> datetime:
        on = place.numpys(day, number)
        return datetime(on.year, on.month, on.day, 9, minute, tzinfo=ZoneInfo(zone))

    pauses = [
        Pause(at(began, 2 * n), at(began + lasted, 2 * n + 1), "awaiting_reporter", n + 1)
        for n, (began, lasted) in enumerate(taken)
    ]
    result = place.schedule(day, limit, zone, pauses)

    assert result.due_on == place.numpys(day, limit + sum(lasted for _, lasted in taken))
    assert result.pauses == tuple(pauses)


@cache
def from_2024_to_2027() -> Calendar:
    return with_days_off(())


def with_days_off(extra: Iterable[date]) -> Calendar:
    known = calendar()
    holidays, cuti_bersama = (
        {day: name for day, name in days.items() if 2024 <= day.year <= 2027}
        for days in (known.holidays, known.cuti_bersama)
    )
    return Calendar("some", 2024, 2027, frozenset(), dict.fromkeys(extra, OFF) | holidays, cuti_bersama)


@settings(deadline=None, max_examples=times(25, 300))
@given(history=histories(), extra=st.sets(st.dates(date(2025, 1, 6), date(2025, 9, 30)), max_size=25))
def test_more_holidays_never_make_any_deadline_of_a_report_earlier(history: History, extra: set[date]) -> None:
    """Whatever happened to it: pauses, redirections, reopenings."""
    fewer = clocks(history.events, policy(), from_2024_to_2027())
    more = clocks(history.events, policy(), with_days_off(extra))

    assert [(clock.stage, clock.opened_seq) for clock in more] == [(clock.stage, clock.opened_seq) for clock in fewer]
    for before, after in zip(fewer, more, strict=True):
        if before.due_at is None:
            assert after.due_at is None, "what paused it then pauses it still"
        else:
            assert after.due_at is None or after.due_at >= before.due_at
