from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.writing import Words
from shared.schema import NewsTemplate


async def newest(session: AsyncSession) -> dict[tuple[str, str], NewsTemplate]:
    """The newest version of each template that somebody changed, by its name and language."""
    statement = (
        select(NewsTemplate)
        .distinct(NewsTemplate.kind, NewsTemplate.language)
        .order_by(NewsTemplate.kind, NewsTemplate.language, NewsTemplate.version.desc())
    )
    return {(row.kind, row.language): row for row in await session.scalars(statement)}


async def in_force(session: AsyncSession) -> dict[tuple[str, str], Words]:
    """Of these the ones that stand in the place of ours."""
    return {
        key: Words(row.kind, row.language, str(row.version), row.subject, row.body)
        for key, row in (await newest(session)).items()
        if row.subject is not None and row.body is not None
    }
