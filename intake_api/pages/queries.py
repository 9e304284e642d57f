"""What pages let somebody choose from: places and categories, by their names."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.regions import regency_of
from shared.domain.wording import Language
from shared.queries.terms import is_in_service
from shared.schema import Agency, Category, Region

MOST = 1_200
_DISTRICT = len("64.72.03")


async def zone_of_agency(session: AsyncSession, code: str | None) -> str | None:
    return await session.scalar(select(Agency.time_zone).where(Agency.code == code)) if code else None


async def districts_around(session: AsyncSession, agency: str | None) -> Sequence[tuple[str, str]]:
    """Of the regency or city that an agency lies in; none for a province or for nobody."""
    region = await session.scalar(select(Agency.region_code).where(Agency.code == agency)) if agency else None
    regency = regency_of(region)
    if regency is None:
        return []
    within = func.starts_with(Region.code, f"{regency}."), func.length(Region.code) == _DISTRICT
    rows = await session.execute(select(Region.code, Region.name).where(*within).order_by(Region.name).limit(MOST))
    return [(code, name) for code, name in rows.all()]


async def categories(session: AsyncSession, on: date, language: Language) -> Sequence[tuple[str, str]]:
    label = Category.label_id if language is Language.ID else Category.label_en
    statement = select(Category.code, label, Category.parent_code).where(is_in_service(Category, on))
    rows = await session.execute(statement.order_by(Category.code).limit(MOST))
    return [(code, name if parent is None else f"· {name}") for code, name, parent in rows.all()]


async def categories_below(session: AsyncSession, code: str) -> Sequence[str]:
    """A category and all below it; none where there is no such category."""
    nodes = select(Category.code).where(Category.code == code).cte("categories_below", recursive=True)
    nodes = nodes.union(select(Category.code).join(nodes, Category.parent_code == nodes.c.code))
    return (await session.scalars(select(nodes.c.code))).all()


async def region_names(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    rows = await session.execute(select(Region.code, Region.name).where(Region.code.in_(codes)))
    return dict(rows.tuples().all())


async def regions_in(session: AsyncSession, parent: str) -> Sequence[tuple[str, str]]:
    """The regions of the next level with their names; empty text: the provinces."""
    within = Region.parent_code == parent if parent else Region.parent_code.is_(None)
    rows = await session.execute(select(Region.code, Region.name).where(within).order_by(Region.code).limit(MOST))
    return rows.tuples().all()
