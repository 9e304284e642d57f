"""SQL of calendar versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import CalendarDay, CalendarVersion, CalendarYear, Region
from sla_monitor.calendar_versions.schemas import CalendarStatus
from sla_monitor.calendars import Calendar, DayKind
from sla_monitor.reference.queries import day_rows, store_days, store_years, year_rows

DayKey = tuple[date, str, str]  # day, kind, province or ''

_STATUS: Mapping[CalendarStatus, ColumnElement[bool]] = {
    CalendarStatus.ACTIVE: CalendarVersion.active.is_(True),
    CalendarStatus.SUPERSEDED: and_(~CalendarVersion.active, CalendarVersion.superseded_at.is_not(None)),
    CalendarStatus.DRAFT: and_(~CalendarVersion.active, CalendarVersion.superseded_at.is_(None)),
}


_FEASTS = exists().where(
    CalendarDay.calendar_id == CalendarYear.calendar_id,
    CalendarDay.kind == DayKind.HOLIDAY.value,
    func.extract("year", CalendarDay.day) == CalendarYear.year,
    or_(CalendarDay.name_id.icontains("(perkiraan)"), CalendarDay.name_en.icontains("(estimated)")),
)
#: Whether some feasts of a year are only estimated, as `Name.estimated` has it.
ESTIMATED = _FEASTS.label("estimated")


async def page_of_calendars(
    session: AsyncSession, *, status: CalendarStatus | None, before: int | None, limit: int
) -> Sequence[CalendarVersion]:
    """The newest first."""
    statement = select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(limit)
    if status is not None:
        statement = statement.where(_STATUS[status])
    if before is not None:
        statement = statement.where(CalendarVersion.id < before)
    return (await session.scalars(statement)).all()


async def years(session: AsyncSession, ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    statement = (
        select(CalendarYear.calendar_id, CalendarYear.year, CalendarYear.complete.label("cuti_bersama"), ESTIMATED)
        .where(CalendarYear.calendar_id.in_(ids))
        .order_by(CalendarYear.calendar_id, CalendarYear.year)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.calendar_id, []).append(row)
    return found


async def days(session: AsyncSession, id: int) -> Sequence[Row[Any]]:
    table = CalendarDay
    statement = (
        select(table.day, table.kind, table.province, table.name_id, table.name_en)
        .where(CalendarDay.calendar_id == id)
        .order_by(CalendarDay.day, CalendarDay.kind, CalendarDay.province)
    )
    return (await session.execute(statement)).all()


async def get_calendar(session: AsyncSession, id: int) -> CalendarVersion | None:
    return await session.get(CalendarVersion, id)


async def active(session: AsyncSession) -> CalendarVersion | None:
    return (await session.scalars(select(CalendarVersion).where(CalendarVersion.active))).first()


async def lock_calendar(session: AsyncSession, id: int) -> CalendarVersion | None:
    """A version and the active one, locked in the order of ids: activations and amendments wait for each other."""
    statement = (
        select(CalendarVersion)
        .where(or_(CalendarVersion.active, CalendarVersion.id == id))
        .order_by(CalendarVersion.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return next((version for version in await session.scalars(statement) if version.id == id), None)


async def add_calendar(session: AsyncSession, calendar: Calendar, **columns: Any) -> CalendarVersion | None:
    """A draft with its years and days; None if there is a version of that name already."""
    statement = (
        upsert(CalendarVersion)
        .values(name=calendar.name, weekend=sorted(calendar.weekend), active=False, **columns)
        .on_conflict_do_nothing(index_elements=[CalendarVersion.name])
        .returning(CalendarVersion)
    )
    version = (await session.scalars(statement)).first()
    if version is None:
        return None
    await store_years(session, version.id, year_rows(calendar))
    await store_days(session, version.id, day_rows(calendar))
    return version


async def places(session: AsyncSession) -> frozenset[str]:
    return frozenset((await session.scalars(select(Region.code).where(func.length(Region.code) <= 5))).all())


async def remove_days(session: AsyncSession, id: int, keys: Sequence[DayKey]) -> None:
    columns = tuple_(CalendarDay.day, CalendarDay.kind, CalendarDay.province)
    await session.execute(delete(CalendarDay).where(CalendarDay.calendar_id == id, columns.in_(keys)))


async def settle_completeness(session: AsyncSession, id: int, years: Iterable[int]) -> None:
    """A year is complete once it has cuti bersama."""
    known = exists().where(
        CalendarDay.calendar_id == CalendarYear.calendar_id,
        CalendarDay.kind == DayKind.CUTI_BERSAMA.value,
        func.extract("year", CalendarDay.day) == CalendarYear.year,
    )
    await session.execute(
        update(CalendarYear)
        .where(CalendarYear.calendar_id == id, CalendarYear.year.in_(sorted(years)))
        .values(complete=known)
        .execution_options(synchronize_session=False)
    )


async def activate_calendar(session: AsyncSession, version: CalendarVersion, *, now: datetime) -> None:
    """Two statements, since only one version is active at any moment (calendars_active_key)."""
    await session.execute(update(CalendarVersion).where(CalendarVersion.active).values(active=False, superseded_at=now))
    await session.execute(
        update(CalendarVersion).where(CalendarVersion.id == version.id).values(active=True, activated_at=now)
    )
    await session.refresh(version)
