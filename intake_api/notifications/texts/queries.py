from datetime import datetime

from sqlalchemy import func, insert, select
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


_CHANGING = 0x6C61706F72_04  # "lapor", and which of its locks


async def add_version(
    session: AsyncSession, name: str, language: str, *, subject: str | None, body: str | None, by: str, now: datetime
) -> NewsTemplate:
    """The next version of a template; two who change it at once get one each."""
    key = func.hashtextextended(f"{name}/{language}", _CHANGING)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    last = await session.scalar(
        select(func.max(NewsTemplate.version)).where(NewsTemplate.kind == name, NewsTemplate.language == language)
    )
    row = {"kind": name, "language": language, "version": (last or 0) + 1, "subject": subject, "body": body}
    statement = insert(NewsTemplate).values(row | {"created_by": by, "created_at": now}).returning(NewsTemplate)
    return (await session.scalars(statement)).one()
