"""From a start, a limit and pauses to the due instant and the ladder: the day rules. Pure.

The day of the start is day 0. The limit ends with the N-th counted day, at its midnight, exclusive, in the clock's time
zone. A day does not count if it is not a working day, or if the clock is paused at the midnight that ends it; a pause
[began, ended) holds the midnight M if began <= M < ended. A pause that begins at or after the due instant changes
nothing: not the due instant, and not the ladder behind it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.domain.clocks import StepKind
from shared.domain.lifecycle import Level
from sla_monitor.calendars import EVERY_DAY, WorkingDays
from sla_monitor.policy import Stage, Step, Unit


class Pause(NamedTuple):
    began_at: datetime
    ended_at: datetime | None  # None: open-ended
    reason: str  # the status that paused the clock
    began_seq: int


class LadderStep(NamedTuple):
    offset: int
    at: datetime
    level: int
    kind: StepKind
    recipients: tuple[str, ...]


class Schedule(NamedTuple):
    due_at: datetime | None  # None: an open-ended pause makes it unknown
    due_on: date | None
    steps: tuple[LadderStep, ...]  # ascending
    pauses: tuple[Pause, ...]  # those that matter: begun before the due instant


class Gap(NamedTuple):
    """Days [first, end), as ordinals, whose closing midnights fall into a pause."""

    first: int
    end: int


class Terms(NamedTuple):
    """What a schedule is made of, but for its start and pauses; cheap to hash."""

    stage: Stage  # whose ladder it is
    days: int
    unit: Unit
    zone: str
    working_days: WorkingDays
    holder: Level = Level.NATIONAL  # who holds the report: the ladder climbs from there


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1 << 16)
def midnight(ordinal: int, zone: str) -> datetime:
    """The instant that ends the day, in UTC."""
    day = datetime.fromordinal(ordinal + 1)
    return day.replace(tzinfo=_zone(zone)).astimezone(UTC)


def local_ordinal(instant: datetime, zone: str) -> int:
    return instant.astimezone(_zone(zone)).toordinal()


def closing_day(instant: datetime, zone: str) -> int:
    """The day that ends at the first midnight at or after the instant."""
    ordinal = local_ordinal(instant, zone)
    return ordinal - 1 if midnight(ordinal - 1, zone) == instant else ordinal


def gap(pause: Pause, zone: str) -> Gap | None:
    """The days that a pause takes out of the count; None while it is open."""
    if pause.ended_at is None:
        return None
    return Gap(closing_day(pause.began_at, zone), closing_day(pause.ended_at, zone))


@lru_cache(maxsize=1 << 15)
def unpaused(terms: Terms, start: int) -> Schedule:
    """The schedule of a clock that was never paused: the same for all that start on one day, so kept."""
    return _Count(terms, start).schedule(())


def schedule(terms: Terms, start: int, pauses: Sequence[Pause]) -> Schedule:
    """`start` is the day 0 as an ordinal; `pauses` ascend and do not overlap.

    Raises CalendarYearMissing if the count leaves the calendar.
    """
    if not pauses:
        return unpaused(terms, start)
    return _Count(terms, start).schedule(pauses)


class _Count:
    """One counting of days, from day 0 to the last rung of the ladder."""

    def __init__(self, terms: Terms, start: int) -> None:
        self.terms = terms
        self.start = start
        self.days = terms.working_days if terms.unit is Unit.WORKING_DAYS else EVERY_DAY
        self.base = self.days.index(start + 1)
        self.gaps: list[Gap] = []

    def schedule(self, pauses: Sequence[Pause]) -> Schedule:
        """Take the pauses in turn: each sees the due instant as the earlier ones left it."""
        index = self.base + self.terms.days - 1
        counted: list[Pause] = []
        for pause in pauses:
            if pause.began_at >= self._end(self.days.day(index)):
                break
            counted.append(pause)
            away = gap(pause, self.terms.zone)
            if away is None:
                steps = tuple(self._reminders(self.days.day(index), before=pause.began_at))
                return Schedule(None, None, steps, tuple(counted))
            self.gaps.append(away)
            index += self._length(away)
        due = self.days.day(index)
        return Schedule(self._end(due), date.fromordinal(due), self._ladder(due), tuple(counted))

    def _end(self, day: int) -> datetime:
        return midnight(day, self.terms.zone)

    def _length(self, away: Gap) -> int:
        first = max(self.days.index(away.first), self.base)
        return max(self.days.index(away.end) - first, 0)

    def _ladder(self, due: int) -> tuple[LadderStep, ...]:
        following = self.terms.working_days.index(due + 1) - 1 if self._rises_after_due() else 0
        steps = list(self._reminders(due, before=None))
        for step in self.terms.stage.steps:
            if step.offset >= 0:
                day = due if step.offset == 0 else self.terms.working_days.day(following + step.offset)
                steps.append(self._step(step, day))
        return tuple(steps)

    def _rises_after_due(self) -> bool:
        return any(step.offset > 0 for step in self.terms.stage.steps)

    def _reminders(self, due: int, *, before: datetime | None) -> Iterator[LadderStep]:
        """The steps ahead of the due instant.

        With an open-ended pause, `before` is its beginning and `due` what it was until then: a working-day clock has
        passed its reminder if that came first. A calendar-day clock's moves with the unknown due day.
        """
        if before is not None and self.terms.unit is not Unit.WORKING_DAYS:
            return
        for step in self.terms.stage.steps:
            day = self._counted_before(due, -step.offset) if step.offset < 0 else None
            if day is not None and (before is None or self._end(day) < before):
                yield self._step(step, day)

    def _counted_before(self, due: int, count: int) -> int | None:
        """The k-th counted working day before the due day; None if the clock does not run that long."""
        working_days = self.terms.working_days
        index = working_days.index(due)
        while count:
            index -= 1
            day = working_days.day(index) if index >= 0 else self.start
            if day <= self.start:
                return None
            if not any(away.first <= day < away.end for away in self.gaps):
                count -= 1
        return working_days.day(index)

    def _step(self, step: Step, day: int) -> LadderStep:
        recipients = step.recipients[self.terms.holder]
        return LadderStep(step.offset, self._end(day), step.level, step.kind, recipients)
