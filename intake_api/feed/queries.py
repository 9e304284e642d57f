from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
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


# The first event says in which role a report was submitted: another client may have the same name.
_PAGE = text(
    """
    SELECT e.id, e.transaction_id, e.type, e.seq, e.occurred_at, e.recorded_at,
           coalesce(e.data ->> 'to', e.data ->> 'status') AS status, r.tracking_number, r.external_reference
    FROM events e JOIN reports r ON r.id = e.report_id JOIN events f ON f.report_id = r.id AND f.seq = 1
    WHERE (e.transaction_id, e.id) > (:transaction_id, CAST(:event_id AS uuid))
      AND (e.transaction_id, e.id) <= (:last_transaction_id, CAST(:last_event_id AS uuid))
      AND e.type <> ALL (CAST(:hidden AS text[])) AND e.recorded_at >= :since
      AND r.client_id = :sub AND f.actor = :actor
    ORDER BY e.transaction_id, e.id LIMIT :limit
    """
)


async def page_of_own_feed(
    session: AsyncSession, *, sub: str, actor: str, after: Position, to: Position, hidden: Collection[str],
    since: datetime, limit: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """What happened to the reports of an app after one place, up to another."""
    values = {
        "transaction_id": after.transaction_id, "event_id": after.event_id, "last_transaction_id": to.transaction_id,
        "last_event_id": to.event_id, "hidden": list(hidden), "since": since, "sub": sub, "actor": actor,
        "limit": limit,
    }  # fmt: skip
    return (await session.execute(_PAGE, values)).all()
