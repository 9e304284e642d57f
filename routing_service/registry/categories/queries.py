from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.terms import is_in_service
from shared.schema import Category

#: Held while the tree changes shape, so that two moves at once cannot make a loop of it.
_SHAPE_LOCK = 0x6C61706F73


async def lock_shape(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(_SHAPE_LOCK)))


async def category(session: AsyncSession, code: str) -> Category | None:
    return await session.get(Category, code, populate_existing=True)


async def page_of_categories(
    session: AsyncSession,
    *,
    parent: str | None,
    active: bool | None,
    in_service_on: date | None,
    after: str,
    limit: int,
) -> Sequence[Category]:
    statement = select(Category).where(Category.code > after).order_by(Category.code).limit(limit)
    if parent is not None:
        statement = statement.where(Category.parent_code == parent)
    if active is not None:
        statement = statement.where(Category.active == active)
    if in_service_on is not None:
        statement = statement.where(is_in_service(Category, in_service_on))
    return (await session.scalars(statement)).all()


_LINE = text(
    """
    WITH RECURSIVE line AS (
        SELECT code, parent_code FROM categories WHERE code = :code
        UNION
        SELECT c.code, c.parent_code FROM categories c JOIN line l ON c.code = l.parent_code
    ) SELECT code FROM line
    """
)


async def line(session: AsyncSession, code: str) -> set[str]:
    """The category and those above it. UNION ends a loop in the data."""
    return set((await session.scalars(_LINE, {"code": code})).all())


async def add_category(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the code is taken. ON CONFLICT, so that two requests at once get one category and one refusal."""
    statement = insert(Category).values(**values).on_conflict_do_nothing().returning(Category.code)
    return await session.scalar(statement) is not None


async def change_category(session: AsyncSession, code: str, values: Mapping[str, Any]) -> None:
    await session.execute(update(Category).where(Category.code == code).values(**values))
