"""All SQL that only the pages of rule sets ask: what categories are called, and who has changed a set."""

from collections.abc import Collection

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.wording import Language
from shared.schema import Category, RegistryEvent


async def category_labels(session: AsyncSession, codes: Collection[str], language: Language) -> dict[str, str]:
    label = Category.label_id if language is Language.ID else Category.label_en
    rows = await session.execute(select(Category.code, label.label("name")).where(Category.code.in_(sorted(codes))))
    return {row.code: row.name for row in rows}


async def last_change(session: AsyncSession, id: int) -> RegistryEvent | None:
    """Of a set or its rules, by the log of the registry; by its index on (subject, key, seq)."""
    key = str(id)
    of_it = or_(
        and_(RegistryEvent.subject == "rule_sets", RegistryEvent.key == key),
        and_(RegistryEvent.subject == "rules", RegistryEvent.key == key),
    )
    return (
        await session.scalars(select(RegistryEvent).where(of_it).order_by(RegistryEvent.seq.desc()).limit(1))
    ).one_or_none()
