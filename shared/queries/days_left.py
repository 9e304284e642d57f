"""How many days are left until deadlines, counted as their limits are: in working days, or in all days."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

Key = tuple[UUID, str]
"""A report and a stage."""


@dataclass(frozen=True, slots=True)
class DaysLeft:
    """`days` below 0: so many have passed since the last day `until`. 0: it is today, or none has counted since."""

    days: int
    until: date
    are_working: bool


# Of two limits of a stage that with as many days is meant.
_CLOCKS = text(
    """
    SELECT c.report_id, c.stage, c.due_on, (:now AT TIME ZONE c.time_zone)::date AS today, c.calendar_id, k.weekend,
           coalesce(a.region_code, r.region_code, '') AS place,
           (p.document ->> 'cuti_bersama_off')::boolean AS cuti_bersama_off,
           (
               SELECT l ->> 'unit' FROM jsonb_array_elements(p.document #> ARRAY['stages', c.stage, 'limits']) l
               ORDER BY ((l ->> 'days')::int = c.days) DESC NULLS LAST LIMIT 1
           ) IS NOT DISTINCT FROM 'working_days' AND k.id IS NOT NULL AS are_working
    FROM unnest(CAST(:reports AS uuid[]), CAST(:stages AS text[])) AS asked (report_id, stage)
    JOIN clocks c ON c.report_id = asked.report_id AND c.stage = asked.stage
    JOIN reports r ON r.id = c.report_id
    LEFT JOIN agencies a ON a.code = c.agency_code
    LEFT JOIN policies p ON p.code = c.policy_code
    LEFT JOIN calendars k ON k.id = c.calendar_id
    WHERE c.state = 'running' AND c.due_on IS NOT NULL
    """
)
_DAYS_OFF = text(
    "SELECT calendar_id, day, kind, province FROM calendar_days WHERE calendar_id = ANY (:calendars) "
    "AND day BETWEEN :first AND :last"
)


async def days_left(session: AsyncSession, asked: Collection[Key], *, now: datetime) -> dict[Key, DaysLeft]:
    """Of the running clocks of these reports and stages."""
    if not asked:
        return {}
    named = {"reports": [report for report, _ in asked], "stages": [stage for _, stage in asked]}
    clocks = (await session.execute(_CLOCKS, named | {"now": now})).all()
    off = await _days_off(session, [one for one in clocks if one.are_working])
    return {(one.report_id, one.stage): _left(one, off.get(one.calendar_id, ())) for one in clocks}


async def _days_off(session: AsyncSession, clocks: Collection[Row[Any]]) -> Mapping[int, list[Row[Any]]]:
    """Of each calendar, over all the days that are counted."""
    if not clocks:
        return {}
    days = [day for one in clocks for day in (one.today, one.due_on)]
    range = {"calendars": list({one.calendar_id for one in clocks}), "first": min(days), "last": max(days)}
    found: dict[int, list[Row[Any]]] = {}
    for row in await session.execute(_DAYS_OFF, range):
        found.setdefault(row.calendar_id, []).append(row)
    return found


def _left(clock: Row[Any], off: Iterable[Row[Any]]) -> DaysLeft:
    """A day off of a province is one of its regencies, too."""
    first, last = sorted((clock.today, clock.due_on))
    days = (last - first).days
    if clock.are_working:
        places = {"", clock.place[:2], clock.place[:5]}
        idle = {
            one.day for one in off
            if one.province in places and (one.kind != "cuti_bersama" or clock.cuti_bersama_off)
        }  # fmt: skip
        weekend = set(clock.weekend)
        days = weekdays(first, last, weekend) - sum(
            first < day <= last and day.isoweekday() not in weekend for day in idle
        )
    return DaysLeft(days if clock.today <= clock.due_on else -days, clock.due_on, clock.are_working)


def weekdays(first: date, last: date, weekend: Collection[int]) -> int:
    """The days behind `first` up to `last` that are none of these ISO weekdays."""
    weeks, rest = divmod((last - first).days, 7)
    return weeks * (7 - len(weekend)) + sum(
        (last - timedelta(days=back)).isoweekday() not in weekend for back in range(rest)
    )
