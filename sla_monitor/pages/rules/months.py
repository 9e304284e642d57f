"""A year of a calendar as months: which days are worked, and why the others are not. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from sla_monitor.calendars import DayKind, Name


class DayOff(NamedTuple):
    """A day off as a version of the calendar has it. `place`: of a regional one."""

    on: date
    kind: DayKind
    place: str | None
    name: Name


@dataclass(frozen=True, slots=True)
class MonthDay:
    """`kind`: `working`, `weekend`, or that of the day off that holds in the most places."""

    on: date
    kind: str
    offs: Sequence[DayOff] = ()

    @property
    def is_estimated(self) -> bool:
        return any(one.name.estimated for one in self.offs)


@dataclass(frozen=True, slots=True)
class Month:
    """Its weeks from Monday to Sunday; None: a day of another month. `working`: where there is no regional day off."""

    first: date
    weeks: Sequence[Sequence[MonthDay | None]]
    working: int


_DAY = timedelta(days=1)
#: What holds everywhere goes before what holds in a region.
_FIRST = (DayKind.HOLIDAY, DayKind.CUTI_BERSAMA, DayKind.REGIONAL)


def months(year: int, weekend: Collection[int], offs: Sequence[DayOff]) -> list[Month]:
    of_day: dict[date, list[DayOff]] = {}
    for one in sorted(offs, key=lambda off: _FIRST.index(off.kind)):
        of_day.setdefault(one.on, []).append(one)
    first = date(year, 1, 1)
    every = [first + number * _DAY for number in range((date(year, 12, 31) - first).days + 1)]
    days = [_month_day(on, weekend, of_day) for on in every]
    return [_month(list(found)) for _, found in groupby(days, key=lambda day: day.on.month)]


def _month_day(on: date, weekend: Collection[int], of_day: Mapping[date, Sequence[DayOff]]) -> MonthDay:
    offs = of_day.get(on, ())
    if offs:
        return MonthDay(on, offs[0].kind.value, offs)
    return MonthDay(on, "weekend" if on.isoweekday() in weekend else "working")


def _month(days: Sequence[MonthDay]) -> Month:
    before, after = days[0].on.weekday(), 6 - days[-1].on.weekday()
    cells: list[MonthDay | None] = [*[None] * before, *days, *[None] * after]
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    working = sum(one.kind in ("working", DayKind.REGIONAL.value) for one in days)
    return Month(days[0].on, weeks, working)
