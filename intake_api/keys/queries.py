from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import IdempotencyKey


async def purge(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete a batch of old keys, by the index on `created_at`; what another copy is deleting is passed over."""
    old = (
        select(IdempotencyKey.key_hash)
        .where(IdempotencyKey.created_at < before)
        .order_by(IdempotencyKey.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    result = await session.execute(delete(IdempotencyKey).where(IdempotencyKey.key_hash.in_(old)))
    assert isinstance(result, CursorResult)
    return result.rowcount
