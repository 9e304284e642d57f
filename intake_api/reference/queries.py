from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.agency_names import name_at
from shared.queries.terms import is_in_service
from shared.schema import Agency, Category, Region


async def page_of_categories(session: AsyncSession, *, today: date, after: str, limit: int) -> Sequence[Category]:
    there = is_in_service(Category, today)
    statement = select(Category).where(there, Category.code > after).order_by(Category.code).limit(limit)
    return (await session.scalars(statement)).all()


async def page_of_regions(
    session: AsyncSession, *, parent: str | None, named: str | None, after: str, limit: int
) -> Sequence[Region]:
    """The children of a region, or the provinces; with `named`, all below it, or in the country, of such a name."""
    statement = statement_of_regions(parent=parent, named=named, after=after, limit=limit)
    return (await session.scalars(statement)).all()


def statement_of_regions(*, parent: str | None, named: str | None, after: str, limit: int) -> Select[tuple[Region]]:
    """A part of a name of three letters or more is looked up by `regions_name_idx`."""
    statement = select(Region).where(Region.code > after).order_by(Region.code).limit(limit)
    if named is not None:
        statement = statement.where(Region.name.icontains(named, autoescape=True))
        if parent is not None:
            statement = statement.where(Region.code.startswith(f"{parent}.", autoescape=True))
    else:
        statement = statement.where(Region.parent_code == parent if parent else Region.parent_code.is_(None))
    return statement


# Written by the server: to make ten thousand objects of a province's villages takes ten times as long.
_TREE = text(
    """
    SELECT CAST(json_build_object('items', coalesce(json_agg(json_build_object(
               'code', code, 'parent', parent_code, 'label', json_build_object('id', name, 'en', name)
           ) ORDER BY code), '[]')) AS text)
    FROM regions
    WHERE CASE WHEN CAST(:within AS text) IS NULL THEN length(code) <= 8
               ELSE code = :within OR starts_with(code, CAST(:within AS text) || '.') END
    """
)


async def region_tree(session: AsyncSession, within: str | None) -> str:
    """As JSON: a region and all below it; without one, the country down to the districts."""
    tree: str = (await session.execute(_TREE, {"within": within})).scalar_one()
    return tree


async def region_exists(session: AsyncSession, code: str) -> bool:
    return await session.scalar(select(Region.code).where(Region.code == code)) is not None


async def page_of_agencies(
    session: AsyncSession, *, today: date, now: datetime, after: str, limit: int
) -> Sequence[Row[Any]]:
    """Under the names that they have now: an agency may have been renamed from a later day on."""
    columns = (
        Agency.code, Agency.parent_code, name_at(now).label("name"), Agency.short_name, Agency.kind,
        Agency.region_code, Agency.time_zone,
    )  # fmt: skip
    there = is_in_service(Agency, today)
    statement = select(*columns).where(there, Agency.code > after).order_by(Agency.code).limit(limit)
    return (await session.execute(statement)).all()
