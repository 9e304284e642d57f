"""A deadline on a calendar: week by week, each day that counted and each that did not, with the reason. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, auto

DAY = timedelta(days=1)
#: So many days past the deadline are drawn at most; a sentence says how many there are in all.
MOST_LATE = 14


class DayKind(StrEnum):
    OUTSIDE = auto()  #: before the clock or after it, to fill the week
    START = auto()  #: day 0, whether it is a working day or not
    COUNTED = auto()
    UNCOUNTED = auto()
    LATE = auto()  #: past the last day of the limit, and not stopped yet


@dataclass(frozen=True, slots=True)
class Day:
    """`number`: which day of the limit it is, where it counts. `ahead`: it has not come yet."""

    on: date
    kind: DayKind
    number: int | None = None
    reason: str | None = None
    is_due: bool = False
    is_end: bool = False
    is_today: bool = False
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """How a clock runs, in the days of its place. `due_on` None: an open pause moves it."""

    started_on: date
    due_on: date | None
    ended_on: date | None  #: None: it runs
    today: date
    uncounted: Mapping[date, str]  #: the reason of each

    @property
    def last(self) -> date:
        """The last day that is drawn."""
        reached = self.ended_on or self.today
        if self.due_on is None:
            return max(self.started_on, reached)
        return max(self.due_on, min(reached, self.due_on + MOST_LATE * DAY))

    @property
    def late_days(self) -> int:
        """Calendar days past the deadline."""
        return 0 if self.due_on is None else max(0, ((self.ended_on or self.today) - self.due_on).days)


Week = Sequence[Day]


def weeks(course: Course) -> list[Week]:
    """From the Monday before the start to the Sunday after the end."""
    first = course.started_on - course.started_on.weekday() * DAY
    last = course.last + (6 - course.last.weekday()) * DAY
    found: list[Day] = []
    number = 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        on = date.fromordinal(ordinal)
        kind = _kind(on, course)
        number += kind is DayKind.COUNTED
        found.append(
            Day(
                on, kind, number if kind is DayKind.COUNTED else None,
                course.uncounted.get(on) if kind is DayKind.UNCOUNTED else None,
                on == course.due_on, on == course.ended_on, on == course.today, on > course.today,
            )
        )  # fmt: skip
    return [found[start : start + 7] for start in range(0, len(found), 7)]


def _kind(on: date, course: Course) -> DayKind:
    if on < course.started_on or on > course.last:
        return DayKind.OUTSIDE
    if on == course.started_on:
        return DayKind.START
    if course.due_on is not None and on > course.due_on:
        return DayKind.LATE
    return DayKind.UNCOUNTED if on in course.uncounted else DayKind.COUNTED
