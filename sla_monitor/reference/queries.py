"""SQL of calendars and policies."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared.schema import AgencyLimit, CalendarDay, CalendarVersion, CalendarYear, Policy
from sla_monitor.calendars import Calendar, DayKind, Name

Stamp = tuple[tuple[str, str, str], ...]

# `xmin` changes with every update, whoever makes it.
_STAMP = text(
    """
    SELECT 'policy', code, CAST(xmin AS text) FROM policies
    UNION ALL SELECT 'calendar', CAST(id AS text), CAST(xmin AS text) FROM calendars WHERE active
    UNION ALL SELECT 'limits', '', CAST(sum(hashtextextended(agency_code || '/' || stage || '/' || days, 0)) AS text)
        FROM agency_limits
    """
)


async def stamp(session: AsyncSession) -> Stamp:
    """What tells one state of policies, active calendar and local limits from another.

    Of the first two each row with the transaction that wrote it, of the limits what they say; a few rows each, cheap
    enough for every batch of events.
    """
    rows = await session.execute(_STAMP)
    return tuple(sorted((kind, key, version or "") for kind, key, version in rows))


async def active_policies(session: AsyncSession) -> list[Any]:
    """Their documents; an inactive draft may be unfinished and is nobody's business here."""
    statement = select(Policy.document, Policy.effective_from).where(Policy.active).order_by(Policy.code)
    return [
        {**document, "active": True, "effective_from": effective_from}
        for document, effective_from in await session.execute(statement)
    ]


async def local_limits(session: AsyncSession) -> dict[str, dict[str, int]]:
    """Days by agency and stage."""
    found: dict[str, dict[str, int]] = {}
    for agency, stage, days in await session.execute(
        select(AgencyLimit.agency_code, AgencyLimit.stage, AgencyLimit.days)
    ):
        found.setdefault(agency, {})[stage] = days
    return found


async def active_calendar(session: AsyncSession) -> tuple[int, Calendar] | None:
    version = await session.scalar(select(CalendarVersion).where(CalendarVersion.active))
    return None if version is None else (version.id, await calendar_of(session, version))


async def calendar_of(session: AsyncSession, version: CalendarVersion) -> Calendar:
    """A version as the computation wants it."""
    years = dict((await session.execute(_of(version.id, CalendarYear.year, CalendarYear.complete))).tuples().all())
    days = await session.execute(
        _of(
            version.id,
            CalendarDay.kind,
            CalendarDay.province,
            CalendarDay.day,
            CalendarDay.name_id,
            CalendarDay.name_en,
        )
    )
    return _calendar(version, years, days.all())


def _of(calendar_id: int, *columns: Any) -> Select[Any]:
    return select(*columns).where(columns[0].class_.calendar_id == calendar_id)


def _calendar(version: CalendarVersion, years: Mapping[int, bool], days: Any) -> Calendar:
    national: dict[str, dict[Any, Name]] = {DayKind.HOLIDAY: {}, DayKind.CUTI_BERSAMA: {}}
    regional: dict[str, dict[Any, Name]] = {}
    for row in days:
        place = regional.setdefault(row.province, {}) if row.kind == DayKind.REGIONAL else national[row.kind]
        place[row.day] = Name(row.name_id, row.name_en)
    return Calendar(
        name=version.name,
        first_year=min(years),
        last_year=max(years),
        complete_years=frozenset(year for year, complete in years.items() if complete),
        holidays=national[DayKind.HOLIDAY],
        cuti_bersama=national[DayKind.CUTI_BERSAMA],
        regional=regional,
        weekend=frozenset(version.weekend),
    )


async def add_policy(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """False if a policy of that code is there; policies are never edited in place."""
    result = await connection.execute(upsert(Policy).values(**row).on_conflict_do_nothing())
    return result.rowcount == 1


async def calendar_named(connection: AsyncConnection, name: str) -> Row[tuple[int, bool]] | None:
    statement = select(CalendarVersion.id, CalendarVersion.active).where(CalendarVersion.name == name)
    return (await connection.execute(statement)).first()


async def add_calendar(connection: AsyncConnection, calendar: Calendar, *, source: str) -> bool | None:
    """Add a version with its years and days; active if no other is. None if somebody else has just added one.

    Two at once: the second waits for the first at one of the unique keys (name, the one active), then adds nothing.
    """
    other = select(CalendarVersion.id).where(CalendarVersion.active).exists()
    added = (
        await connection.execute(
            upsert(CalendarVersion)
            .values(name=calendar.name, source=source, weekend=sorted(calendar.weekend), active=~other)
            .on_conflict_do_nothing()
            .returning(CalendarVersion.id, CalendarVersion.active)
        )
    ).first()
    if added is None:
        return None
    await store_years(connection, added.id, year_rows(calendar))
    await store_days(connection, added.id, day_rows(calendar))
    active: bool = added.active
    return active


# One statement for all rows: the log of the registry says once what a statement has changed of a calendar.
_YEARS = text(
    """
    INSERT INTO calendar_years (calendar_id, year, complete)
    SELECT :id, year, complete FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (year int, complete bool)
    """
)
_DAYS = text(
    """
    INSERT INTO calendar_days (calendar_id, day, kind, province, name_id, name_en)
    SELECT :id, day, kind, coalesce(province, ''), name_id, name_en
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS r (day date, kind text, province text, name_id text, name_en text)
    """
)


async def store_years(connection: AsyncConnection | AsyncSession, id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    await connection.execute(_YEARS, {"id": id, "rows": json.dumps(rows)})


async def store_days(connection: AsyncConnection | AsyncSession, id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await connection.execute(_DAYS, {"id": id, "rows": json.dumps(rows, default=str)})


def year_rows(calendar: Calendar) -> list[dict[str, Any]]:
    return [{"year": year, "complete": year in calendar.complete_years} for year in calendar.years]


def day_rows(calendar: Calendar) -> list[dict[str, Any]]:
    everywhere = ((DayKind.HOLIDAY, "", calendar.holidays), (DayKind.CUTI_BERSAMA, "", calendar.cuti_bersama))
    regional = ((DayKind.REGIONAL, province, days) for province, days in calendar.regional.items())
    return [
        {"kind": kind.value, "province": province, "day": day, "name_id": name.id, "name_en": name.en}
        for kind, province, days in (*everywhere, *regional)
        for day, name in days.items()
    ]


#: How far ahead the longest limit, 60 working days, and the ladder behind it reach.
HORIZON_DAYS = 120

_NOW = "coalesce(CAST(:now AS timestamptz), now())"

_INCOMPLETE = text(
    f"""
    SELECT count(*) FROM calendar_years y JOIN calendars c ON c.id = y.calendar_id
    WHERE c.active AND y.year >= date_part('year', {_NOW})
      AND y.year <= date_part('year', {_NOW} + interval '{HORIZON_DAYS} days')
      AND (NOT y.complete OR EXISTS (
          SELECT FROM calendar_days d WHERE d.calendar_id = c.id AND d.kind = 'holiday'
            AND date_part('year', d.day) = y.year
            AND (d.name_id ILIKE '%(perkiraan)%' OR d.name_en ILIKE '%(estimated)%')))
    """
)


async def count_incomplete_years(session: AsyncSession, *, now: datetime | None = None) -> int:
    """Years of the active calendar that deadlines of today reach, and that are provisional.

    Years further ahead are nobody's worry yet: an alert on this number can be acted on.
    """
    return int((await session.execute(_INCOMPLETE, {"now": now})).scalar_one())
