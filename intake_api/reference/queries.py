from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.agency_names import name_at
from shared.queries.terms import is_in_service
from shared.schema import Agency, Category, Region


async def categories(session: AsyncSession, *, today: date, after: str, limit: int) -> Sequence[Category]:
    there = is_in_service(Category, today)
    statement = select(Category).where(there, Category.code > after).order_by(Category.code).limit(limit)
    return (await session.scalars(statement)).all()


async def regions(session: AsyncSession, *, parent: str | None, after: str, limit: int) -> Sequence[Region]:
    """The children of a region, or the provinces."""
    statement = (
        select(Region)
        .where(Region.parent_code == parent if parent else Region.parent_code.is_(None), Region.code > after)
        .order_by(Region.code)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def agencies(session: AsyncSession, *, today: date, now: datetime, after: str, limit: int) -> Sequence[Row[Any]]:
    """Under the names that they have now: an agency may have been renamed from a later day on."""
    columns = (
        Agency.code, Agency.parent_code, name_at(now).label("name"), Agency.short_name, Agency.kind,
        Agency.region_code, Agency.time_zone,
    )  # fmt: skip
    there = is_in_service(Agency, today)
    statement = select(*columns).where(there, Agency.code > after).order_by(Agency.code).limit(limit)
    return (await session.execute(statement)).all()
