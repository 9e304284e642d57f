from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Agency, Category, Region


async def categories(session: AsyncSession, *, after: str, limit: int) -> Sequence[Category]:
    statement = select(Category).where(Category.active, Category.code > after).order_by(Category.code).limit(limit)
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


async def agencies(session: AsyncSession, *, after: str, limit: int) -> Sequence[Agency]:
    statement = select(Agency).where(Agency.active, Agency.code > after).order_by(Agency.code).limit(limit)
    return (await session.scalars(statement)).all()
