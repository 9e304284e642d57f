"""The deadlines of a report on a calendar, from the same explanation that the API gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import ClockState
from sla_monitor.clocks import service as clocks
from sla_monitor.clocks.schemas import ClocksParams, ClockView, UncountedDay
from sla_monitor.day_rules import local_ordinal
from sla_monitor.pages.today import Looking
from sla_monitor.pages.weeks import Course, Week, weeks
from sla_monitor.reference.service import References

#: How many deadlines a page shows; a link leads to those that were opened before.
MOST = 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """A deadline, its weeks, and its days that did not count, those of one reason and name side by side together."""

    clock: ClockView
    course: Course
    weeks: Sequence[Week]
    spans: Sequence["Span"]

    @property
    def runs(self) -> bool:
        return self.clock.state in (ClockState.RUNNING, ClockState.PAUSED)


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    last: date
    day: UncountedDay


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Those that run come first; then the others, the last opened first."""

    shown: Sequence[Drawn]
    total: int
    next_cursor: str | None


async def deadlines(
    session: AsyncSession, reference: str, cursor: str | None, looking: Looking, references: References
) -> Deadlines:
    """Raises Forbidden, NotFound."""
    params = ClocksParams(limit=MOST, cursor=cursor)
    found = await clocks.of_report(
        session, reference, looking.client, references, params, language=looking.language, now=looking.now
    )
    drawn = [_drawn(clock, looking.now) for clock in reversed(found.items)]
    return Deadlines(sorted(drawn, key=lambda one: not one.runs), found.total, found.next_cursor)


def _drawn(clock: ClockView, now: datetime) -> Drawn:
    course = _course(clock, now)
    return Drawn(clock, course, weeks(course), spans(clock.uncounted_days))


def _course(clock: ClockView, now: datetime) -> Course:
    zone = clock.time_zone
    ended = None if clock.stopped_at is None else _day(clock.stopped_at, zone)
    uncounted = {day.date: day.reason.value for day in clock.uncounted_days}
    return Course(_day(clock.started_at, zone), clock.due_on, ended, _day(now, zone), uncounted)


def _day(instant: datetime, zone: str) -> date:
    return date.fromordinal(local_ordinal(instant, zone))


def spans(days: Sequence[UncountedDay]) -> list[Span]:
    """Days of one reason and name that follow each other are one line."""
    found: list[Span] = []
    for day in days:
        last = found[-1] if found else None
        same = last is not None and (last.day.reason, last.day.name, last.day.status) == (
            day.reason, day.name, day.status,
        )  # fmt: skip
        if last is not None and same and day.date - last.last == timedelta(days=1):
            found[-1] = Span(last.first, day.date, day)
        else:
            found.append(Span(day.date, day.date, day))
    return found
