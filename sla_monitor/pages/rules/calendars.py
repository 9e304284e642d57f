"""A version of the calendar as its page shows it: a year as months, what differs from what is in force, what moves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Conflict, DomainError, NotFound
from shared.queries.reach import knows_published_only
from sla_monitor.calendar_versions import service
from sla_monitor.calendar_versions.schemas import (
    CalendarDetail,
    CalendarParams,
    CalendarPreview,
    CalendarStatus,
    CalendarView,
    DayView,
)
from sla_monitor.calendars import DayKind, Name
from sla_monitor.pages.rules import queries
from sla_monitor.pages.rules.months import DayOff, Month, months
from sla_monitor.pages.today import Looking
from sla_monitor.recomputations.schemas import MovedClock
from sla_monitor.reference.service import References

#: Versions on a page; days that differ, and deadlines that move, on a page.
MOST_VERSIONS, MOST_DAYS, MOST_MOVED = 30, 60, 50
#: A preview on a page looks at so many reports; a simulation looks at all.
MOST_PREVIEWED = 20_000


@dataclass(frozen=True, slots=True)
class ShownCalendar:
    """`added`, `gone`: days off against the version in force. `changed`: which change was its last."""

    calendar: CalendarDetail
    in_force: CalendarView | None
    year: int
    months: Sequence[Month]
    offs: Sequence[DayOff]
    added: Sequence[DayOff]
    gone: Sequence[DayOff]
    changed: int

    @property
    def is_draft(self) -> bool:
        return self.calendar.status is CalendarStatus.DRAFT

    @property
    def is_in_force(self) -> bool:
        return self.calendar.status is CalendarStatus.ACTIVE

    @property
    def years(self) -> list[int]:
        return [one.year for one in self.calendar.years]

    @property
    def working(self) -> int:
        return sum(one.working for one in self.months)


@dataclass(frozen=True, slots=True)
class Because:
    """Days off of one name that are new, or gone: the first, the last, and how many."""

    off: DayOff
    last: date
    days: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that would move, and the days off because of which it does."""

    clock: MovedClock
    zone: str
    because: Sequence[Because]


@dataclass(frozen=True, slots=True)
class Moves:
    preview: CalendarPreview
    moved: Sequence[Moved]

    @property
    def is_cut(self) -> bool:
        """There may be more reports than were looked at."""
        return self.preview.reports_examined >= MOST_PREVIEWED


async def versions(session: AsyncSession, cursor: str | None) -> tuple[Sequence[CalendarView], str | None]:
    """The newest first. Raises Invalid."""
    page = await service.page_of_calendars(session, CalendarParams(limit=MOST_VERSIONS, cursor=cursor))
    return page.items, page.next_cursor


async def version_in_force(session: AsyncSession) -> CalendarView | None:
    page = await service.page_of_calendars(session, CalendarParams(status=CalendarStatus.ACTIVE, limit=1))
    return page.items[0] if page.items else None


async def see_calendar(session: AsyncSession, id: int, year: int | None, today: date) -> ShownCalendar:
    """Raises NotFound, also for a year that it does not cover."""
    changed = await last_change_of(session, id)
    calendar = await service.get_calendar(session, id)
    active = await version_in_force(session)
    known = [one.year for one in calendar.years]
    chosen = year or (today.year if today.year in known else known[-1])
    if chosen not in known:
        raise NotFound(f"The calendar {calendar.name} does not cover {chosen}; choose one of its years.")
    mine, theirs = _offs(calendar.days), set()
    if active is not None and active.id != id:
        theirs = set(_offs((await service.get_calendar(session, active.id)).days))
    added = [one for one in mine if one not in theirs] if theirs else []
    gone = sorted(theirs - set(mine), key=lambda one: one.on)
    offs = [one for one in mine if one.on.year == chosen]
    return ShownCalendar(
        calendar, active, chosen, months(chosen, calendar.weekend, offs), offs, added, gone, changed
    )  # fmt: skip


async def last_change_of(session: AsyncSession, id: int) -> int:
    """By the log of the registry; 0: there is none."""
    change = await queries.last_change(session, id)
    return 0 if change is None else int(change.seq)


def _offs(days: Iterable[DayView]) -> list[DayOff]:
    return [DayOff(one.date, DayKind(one.kind), one.province, Name(one.name.id, one.name.en)) for one in days]


async def first_change(session: AsyncSession, id: int, error: DomainError) -> Row[Any] | None:
    """Who has changed the version, or put another one in force, before the form came that was refused for it."""
    if not isinstance(error, Conflict):
        return None
    active = await version_in_force(session)
    of = active.id if error.code == "calendar_replaced" and active is not None else id
    return await queries.last_change(session, of)


async def moves_of(session: AsyncSession, shown: ShownCalendar, looking: Looking, references: References) -> Moves:
    """What the draft would move, of the first reports with an open clock. Raises Conflict."""
    preview = await service.preview_calendar(
        session, shown.calendar.id, references, now=looking.now, limit=MOST_MOVED, most=MOST_PREVIEWED,
        published_only=knows_published_only(looking.client),
    )  # fmt: skip
    listed = sorted({one.report_id for one in preview.items})
    begun = {(row.report_id, row.stage, row.opened_seq): row for row in await queries.beginnings(session, listed)}
    moved = []
    for one in preview.items:
        row = begun[one.report_id, one.stage, one.opened_seq]
        because = [
            reason
            for offs in (shown.added, shown.gone)
            for reason in _grouped(
                [off for off in offs if _touches(off, one, row.started_at, row.time_zone, row.region_code)],
                is_new=offs is shown.added,
            )
        ]
        moved.append(Moved(one, row.time_zone, because))
    return Moves(preview, moved)


def _grouped(offs: Iterable[DayOff], *, is_new: bool) -> list[Because]:
    found: dict[tuple[Name, str | None], list[DayOff]] = {}
    for off in sorted(offs, key=lambda one: one.on):
        found.setdefault((off.name, off.place), []).append(off)
    return [Because(days[0], days[-1].on, len(days), is_new) for days in found.values()]


def _touches(off: DayOff, clock: MovedClock, started_at: datetime, zone: str, region: str | None) -> bool:
    """Whether a day that changed lies within the limit, where the agency is."""
    if off.place is not None and not (region or "").startswith(off.place):
        return False
    dues = [one for one in (clock.old_due_at, clock.new_due_at) if one is not None]
    local = ZoneInfo(zone)
    # A deadline is the midnight that ends its day.
    return bool(dues) and started_at.astimezone(local).date() < off.on < max(dues).astimezone(local).date()
