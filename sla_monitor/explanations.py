"""Why a deadline is what it is: every day that did not count. Pure; made on request, so that clocks stay cheap."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sla_monitor.calendars import Calendar, Name
from sla_monitor.day_rules import Pause, closing_day, gap, local_ordinal
from sla_monitor.deadlines import Clock
from sla_monitor.policy import Policy, Unit


class UncountedDay(NamedTuple):
    on: date
    reason: str  # weekend, holiday, cuti_bersama, regional, paused
    name: Name | None  # of the day off
    pause: Pause | None


def explain(clock: Clock, policy: Policy, calendar: Calendar, *, until: date | None = None) -> list[UncountedDay]:
    """Every day between the start and the last counted day that did not count, and why.

    While the due day is unknown, the days up to `until`, or to the beginning of the open-ended pause.
    """
    first = local_ordinal(clock.started_at, clock.time_zone) + 1
    known = clock.due_on or until
    last = closing_day(clock.pauses[-1].began_at, clock.time_zone) if known is None else known.toordinal()
    found = []
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        off = None
        if clock.unit is Unit.WORKING_DAYS:
            off = calendar.uncounted(day, province=clock.province, cuti_bersama_off=policy.cuti_bersama_off)
        if off is not None:
            found.append(UncountedDay(day, off.reason, off.name, None))
        elif (pause := _pause_on(ordinal, clock.pauses, clock.time_zone)) is not None:
            found.append(UncountedDay(day, "paused", None, pause))
    return found


def _pause_on(ordinal: int, pauses: Sequence[Pause], zone: str) -> Pause | None:
    for pause in pauses:
        away = gap(pause, zone)
        end = ordinal + 1 if away is None else away.end
        if closing_day(pause.began_at, zone) <= ordinal < end:
            return pause
    return None
