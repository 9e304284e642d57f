"""SQL that only the pages ask: what codes and people are called, and what there is to choose from."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import is_counted
from shared.domain.regions import regency_of
from shared.domain.wording import Language
from shared.queries.terms import is_in_service
from shared.schema import Account, Agency, Category, Clock, Officer, Region

#: From one level of regions to the next: `.08`.
_STEP = 3
MOST_PLACES = 200


async def names_of_agencies(session: AsyncSession, codes: Collection[str | None]) -> dict[str, str]:
    known = sorted({one for one in codes if one is not None})
    if not known:
        return {}
    rows = await session.execute(select(Agency.code, Agency.name).where(Agency.code.in_(known)))
    return {row.code: row.name for row in rows}


async def zone_of_agency(session: AsyncSession, code: str | None) -> str | None:
    return await session.scalar(select(Agency.time_zone).where(Agency.code == code)) if code else None


async def region_of_agency(session: AsyncSession, code: str | None) -> str | None:
    return await session.scalar(select(Agency.region_code).where(Agency.code == code)) if code else None


async def places_around(session: AsyncSession, region: str | None) -> Sequence[tuple[str, str]]:
    """The districts of the regency that a region lies in, after it; of a province its regencies; else none."""
    if region is None:
        return []
    around = regency_of(region) or region
    length = len(around) + _STEP
    below = and_(Region.code.startswith(f"{around}.", autoescape=True), func.length(Region.code) == length)
    statement = select(Region.code, Region.name).where(or_(Region.code == around, below))
    rows = await session.execute(statement.order_by(func.length(Region.code), Region.name).limit(MOST_PLACES))
    return [(code, name) for code, name in rows.all()]


async def agencies_below(session: AsyncSession, codes: Sequence[str] | None, *, limit: int) -> Sequence[Row[Any]]:
    """Who can be given a report: of `codes`, or for the whole country the instansi."""
    statement = select(Agency.code, Agency.name, Agency.parent_code).where(Agency.active.is_(True))
    chosen = Agency.parent_code.is_(None) if codes is None else Agency.code.in_(codes)
    return (await session.execute(statement.where(chosen).order_by(Agency.name, Agency.code).limit(limit))).all()


async def categories(session: AsyncSession, on: date, *, limit: int) -> Sequence[Row[Any]]:
    """The main ones and those below, as they are in force on that day."""
    statement = select(Category.code, Category.label_id, Category.label_en, Category.parent_code)
    in_force = statement.where(is_in_service(Category, on)).order_by(Category.code)
    return (await session.execute(in_force.limit(limit))).all()


async def regions_named(session: AsyncSession, codes: Collection[str | None]) -> dict[str, str]:
    known = sorted({one for one in codes if one is not None})
    if not known:
        return {}
    rows = await session.execute(select(Region.code, Region.name).where(Region.code.in_(known)))
    return {row.code: row.name for row in rows}


async def people_named(session: AsyncSession, subjects: Collection[str]) -> dict[str, str]:
    """By the `sub` of their tokens: officers of the registry, and others who have an account."""
    known = sorted(subjects)
    if not known:
        return {}
    officers = await session.execute(select(Officer.subject, Officer.name).where(Officer.subject.in_(known)))
    found = {subject: name for subject, name in officers.all() if subject is not None}
    accounts = await session.execute(
        select(Account.id, func.coalesce(Officer.name, Account.name))
        .outerjoin(Officer, Officer.id == Account.officer_id)
        .where(Account.id.in_(known))
    )
    return {id: name for id, name in accounts.all() if name is not None} | found


async def first_clocks(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Of each report the running clock that the work list tells of: what it is late with, or will be first."""
    if not report_ids:
        return {}
    statement = (
        select(Clock.report_id, Clock.stage, Clock.started_at, Clock.due_at)
        .distinct(Clock.report_id)
        .where(Clock.report_id.in_(report_ids), is_counted(Clock))
        .order_by(Clock.report_id, Clock.due_at, Clock.stage, Clock.opened_seq)
    )
    return {row.report_id: row for row in await session.execute(statement)}


async def category_label(session: AsyncSession, code: str | None, language: Language) -> str | None:
    label = Category.label_id if language is Language.ID else Category.label_en
    return await session.scalar(select(label).where(Category.code == code)) if code else None
