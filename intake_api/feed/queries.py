from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.feed import Position

_FAR = text(
    """
    SELECT transaction_id, id FROM events
    WHERE (transaction_id, id) > (:transaction_id, CAST(:event_id AS uuid)) AND transaction_id < :horizon
    ORDER BY transaction_id, id OFFSET :most - 1 LIMIT 1
    """
)


async def far(session: AsyncSession, after: Position, *, horizon: int, most: int) -> Position | None:
    """Where `most` events end, by the index on (transaction_id, id); None: there are fewer."""
    values = {"transaction_id": after.transaction_id, "event_id": after.event_id, "horizon": horizon, "most": most}
    row = (await session.execute(_FAR, values)).one_or_none()
    return None if row is None else Position(row.transaction_id, row.id)
