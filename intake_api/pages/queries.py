"""What the pages of officers let somebody choose from: places and categories, by their names."""

from collections.abc import Sequence
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
