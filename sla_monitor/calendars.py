"""Which days count: weekends, national holidays, cuti bersama, regional days off. Pure and immutable."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from shared.errors import Conflict, DomainError

SATURDAY_AND_SUNDAY = frozenset({6, 7})  # ISO weekdays


class CalendarError(DomainError):
    """A calendar that contradicts itself."""

    code = "calendar_invalid"


class CalendarYearMissing(Conflict):
    """A day was asked for that the calendar does not cover. Never guessed: somebody has to load the year."""

    code = "calendar_year_missing"

    def __init__(self, calendar: str, year: int) -> None:
        super().__init__(f"The calendar {calendar} does not cover the year {year}; load that year first.")
        self.year = year


class DayKind(StrEnum):
    """Why a day is off, as stored."""

    HOLIDAY = "holiday"
    CUTI_BERSAMA = "cuti_bersama"
    REGIONAL = "regional"


class UncountedReason(StrEnum):
    """Why a day did not count."""

    WEEKEND = "weekend"
    HOLIDAY = DayKind.HOLIDAY.value
    CUTI_BERSAMA = DayKind.CUTI_BERSAMA.value
    REGIONAL = DayKind.REGIONAL.value
    PAUSED = "paused"


class Name(NamedTuple):
    id: str
    en: str

    @property
    def estimated(self) -> bool:
        """A feast by the moon whose day nobody has announced yet: so the `holidays` package calls it."""
        return "(perkiraan)" in self.id.lower() or "(estimated)" in self.en.lower()


class Uncounted(NamedTuple):
    """Why a day does not count as a working day."""

    reason: UncountedReason
    name: Name | None


class WorkingDays:
    """The working days of one place in ascending order, numbered from 0. Compared by identity.

    Days are proleptic Gregorian ordinals (`date.toordinal`): integers are what makes counting cheap.
    """

    __slots__ = ("_calendar", "_days", "_first", "_last")

    def __init__(self, calendar: str, days: list[int], first: int, last: int) -> None:
        self._calendar, self._days, self._first, self._last = calendar, days, first, last

    def index(self, ordinal: int) -> int:
        """The number of the first working day on or after the given day."""
        if not self._first <= ordinal <= self._last + 1:  # the day after the last is a bound, not a day
            raise CalendarYearMissing(self._calendar, date.fromordinal(ordinal).year)
        return bisect_left(self._days, ordinal)

    def day(self, index: int) -> int:
        if index >= len(self._days):
            raise CalendarYearMissing(self._calendar, date.fromordinal(self._last + 1).year)
        return self._days[index]


class EveryDay:
    """Calendar days seen as WorkingDays are: every day counts, and none needs a calendar."""

    __slots__ = ()

    def index(self, ordinal: int) -> int:
        return ordinal

    def day(self, index: int) -> int:
        return index


EVERY_DAY = EveryDay()


@dataclass(frozen=True)
class Calendar:
    """One version of the calendar, covering whole years without a gap.

    A year is complete once its cuti bersama are loaded and none of its feasts is only estimated; in an incomplete one
    the calendar counts by what it knows, and whoever shows the result says so (`is_complete`).
    """

    name: str
    first_year: int
    last_year: int
    complete_years: frozenset[int]  # with their cuti bersama
    holidays: Mapping[date, Name] = field(default_factory=dict)
    cuti_bersama: Mapping[date, Name] = field(default_factory=dict)
    regional: Mapping[str, Mapping[date, Name]] = field(default_factory=dict)  # by province, regency or city
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    _counters: dict[tuple[str | None, bool], WorkingDays] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.first_year > self.last_year:
            raise CalendarError(f"The calendar {self.name} ends ({self.last_year}) before it begins.")
        if not self.weekend < frozenset(range(1, 8)):
            raise CalendarError(f"The calendar {self.name} has no working day or an unknown weekday.")
        for days in (self.holidays, self.cuti_bersama, *self.regional.values()):
            for day in days:
                if not self.covers(day.year):
                    raise CalendarError(f"The day off {day} lies outside the years of the calendar {self.name}.")

    @property
    def years(self) -> range:
        return range(self.first_year, self.last_year + 1)

    @property
    def incomplete_years(self) -> tuple[int, ...]:
        return tuple(year for year in self.years if year not in self.complete_years or year in self.estimated_years)

    @cached_property
    def estimated_years(self) -> frozenset[int]:
        """Years with feasts that are only estimated."""
        return frozenset(day.year for day, name in self.holidays.items() if name.estimated)

    def covers(self, year: int) -> bool:
        return self.first_year <= year <= self.last_year

    def is_complete(self, day: date) -> bool:
        """Whether a count that reaches this day knows the cuti bersama and the feasts of its year."""
        return day.year in self.complete_years and day.year not in self.estimated_years

    def uncounted(self, day: date, *, place: str | None, cuti_bersama_off: bool) -> Uncounted | None:
        """Why the day is not a working day; None if it is one. Raises CalendarYearMissing."""
        if not self.covers(day.year):
            raise CalendarYearMissing(self.name, day.year)
        if day.isoweekday() in self.weekend:
            return Uncounted(UncountedReason.WEEKEND, None)
        if (name := self.holidays.get(day)) is not None:
            return Uncounted(UncountedReason.HOLIDAY, name)
        if cuti_bersama_off and (name := self.cuti_bersama.get(day)) is not None:
            return Uncounted(UncountedReason.CUTI_BERSAMA, name)
        for code in _with_its_province(place):
            if (name := self.regional.get(code, {}).get(day)) is not None:
                return Uncounted(UncountedReason.REGIONAL, name)
        return None

    def working_days(self, place: str | None, *, cuti_bersama_off: bool) -> WorkingDays:
        """The countable working days of a regency, city or province, computed once; those without days off of their own
        share one."""
        own = next((code for code in _with_its_province(place) if code in self.regional), None)
        key = (own, cuti_bersama_off)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._count(*key)
        return counter

    def _count(self, place: str | None, cuti_bersama_off: bool) -> WorkingDays:
        days = [
            day.toordinal()
            for day in self._days()
            if self.uncounted(day, place=place, cuti_bersama_off=cuti_bersama_off) is None
        ]
        first, last = date(self.first_year, 1, 1), date(self.last_year, 12, 31)
        return WorkingDays(self.name, days, first.toordinal(), last.toordinal())

    def _days(self) -> Iterator[date]:
        day = date(self.first_year, 1, 1)
        while day.year <= self.last_year:
            yield day
            day += timedelta(days=1)


def _with_its_province(place: str | None) -> tuple[str, ...]:
    """A regency has the days off of its province, too."""
    if place is None:
        return ()
    return (place, place[:2]) if len(place) > 2 else (place,)
