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


_WINDOW = """
    (e.transaction_id, e.id) > (:transaction_id, CAST(:event_id AS uuid))
    AND (e.transaction_id, e.id) <= (:last_transaction_id, CAST(:last_event_id AS uuid)) AND e.recorded_at >= :since
"""
# The first event says in which role a report was submitted: another client may have the same name. What happened to a
# report that others were merged into is told for each of these, by the partial index on merged_into; UNION ends a loop
# in the data. All that one event is told for stands on one page: a page ends between events.
_PAGE = text(
    f"""
    WITH RECURSIVE followed AS MATERIALIZED (
        SELECT e.id, e.transaction_id, e.type, e.occurred_at, e.recorded_at, e.report_id FROM events e
        WHERE {_WINDOW} AND e.type = ANY (CAST(:steps AS text[]))
          AND EXISTS (SELECT FROM reports m WHERE m.merged_into = e.report_id)
    ), below (survivor, id, since) AS (
        SELECT s.report_id, m.id, m.merged_at
        FROM (SELECT DISTINCT report_id FROM followed) s JOIN reports m ON m.merged_into = s.report_id
        UNION
        SELECT b.survivor, m.id, greatest(m.merged_at, b.since) FROM below b JOIN reports m ON m.merged_into = b.id
    ), told AS (
        SELECT e.id, e.transaction_id, e.type, e.seq, e.occurred_at, e.recorded_at, e.report_id,
               coalesce(e.data ->> 'to', e.data ->> 'status') AS status, false AS merged
        FROM events e JOIN reports r ON r.id = e.report_id AND r.client_id = :sub
        WHERE {_WINDOW} AND e.type <> ALL (CAST(:hidden AS text[]))
        UNION ALL
        SELECT e.id, e.transaction_id, e.type, c.fact_seq, e.occurred_at, e.recorded_at, b.id, NULL, true
        FROM followed e JOIN below b ON b.survivor = e.report_id AND e.recorded_at >= b.since
        JOIN reports r ON r.id = b.id AND r.client_id = :sub JOIN chains c ON c.report_id = b.id
    )
    SELECT t.*, r.tracking_number, r.external_reference
    FROM told t JOIN reports r ON r.id = t.report_id
    JOIN events f ON f.report_id = t.report_id AND f.seq = 1 AND f.actor = :actor
    ORDER BY t.transaction_id, t.id FETCH FIRST :limit ROWS WITH TIES
    """
)


async def page_of_own_feed(
    session: AsyncSession, *, sub: str, actor: str, after: Position, to: Position, hidden: Collection[str],
    steps: Collection[str], since: datetime, limit: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """What happened to the reports of an app, or to those that they were merged into (`steps`), after one place, up to
    another.
    """
    values = {
        "transaction_id": after.transaction_id, "event_id": after.event_id, "last_transaction_id": to.transaction_id,
        "last_event_id": to.event_id, "hidden": list(hidden), "steps": list(steps), "since": since, "sub": sub,
        "actor": actor, "limit": limit,
    }  # fmt: skip
    return (await session.execute(_PAGE, values)).all()
