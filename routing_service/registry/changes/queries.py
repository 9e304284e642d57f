from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import RegistryEvent


async def changes(
    session: AsyncSession, *, subject: str | None, key: str | None, actor: str | None, since: datetime | None,
    before: int | None, limit: int,
) -> Sequence[RegistryEvent]:  # fmt: skip
    """The newest first, by their numbers. Whoever asks for a rare actor reads much of the log: it grows slowly."""
    statement = select(RegistryEvent).order_by(RegistryEvent.seq.desc()).limit(limit)
    for column, wanted in (
        (RegistryEvent.subject, subject), (RegistryEvent.key, key), (RegistryEvent.actor, actor),
    ):  # fmt: skip
        if wanted is not None:
            statement = statement.where(column == wanted)
    if since is not None:
        statement = statement.where(RegistryEvent.recorded_at >= since)
    if before is not None:
        statement = statement.where(RegistryEvent.seq < before)
    return (await session.scalars(statement)).all()
