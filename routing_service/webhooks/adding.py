"""New messages into their lanes: for dispatching, for replays and for tests alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks.telling import Told
from shared import ids
from shared.domain.webhooks import WebhookDeliveryState

# A lane is locked before anything is put into it: whoever ends its last delivery then sees what is new, or has gone
# before, and the lane is made anew. In the order of their names, so that no two wait for each other.
_OPEN = text(
    """
    INSERT INTO webhook_lanes AS l (webhook_id, lane, due_at, waits_since)
    SELECT DISTINCT CAST(:webhook_id AS uuid), lane, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
    FROM unnest(CAST(:lanes AS uuid[])) AS lane ORDER BY lane
    ON CONFLICT (webhook_id, lane) DO UPDATE
    SET due_at = CASE WHEN CAST(:at_once AS boolean) AND l.leased_until IS NULL THEN excluded.due_at ELSE l.due_at END
    """
)
_ADD = """
    INSERT INTO webhook_deliveries AS d
        (id, webhook_id, message_id, lane, event_id, type, tracking_number, state, created_at)
    SELECT id, CAST(:webhook_id AS uuid), message_id, lane, event_id, type, tracking_number, CAST(:waiting AS text),
           CAST(:now AS timestamptz)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:message_ids AS text[]), CAST(:lanes AS uuid[]), CAST(:event_ids AS uuid[]),
        CAST(:types AS text[]), CAST(:tracking_numbers AS text[])
    ) WITH ORDINALITY AS new (id, message_id, lane, event_id, type, tracking_number, place) ORDER BY place
    ON CONFLICT (webhook_id, message_id) DO {conflict}
"""
_ADD_NEW = text(_ADD.format(conflict="NOTHING"))
_ADD_AGAIN = text(
    _ADD.format(
        conflict="UPDATE SET state = excluded.state, attempts = 0, ended_at = NULL WHERE d.state <> excluded.state"
    )
)


async def add_messages(
    session: AsyncSession, webhook_id: UUID, messages: Sequence[Told], *, now: datetime, again: bool = False
) -> None:
    """`again`: also those that are there already, and at once. Otherwise they stay as they are."""
    if not messages:
        return
    lanes = [one.lane for one in messages]
    opening = {"webhook_id": webhook_id, "lanes": lanes, "now": now, "at_once": again}
    await session.execute(_OPEN, opening)
    values: dict[str, Any] = {
        "webhook_id": webhook_id, "now": now, "waiting": WebhookDeliveryState.WAITING.value, "lanes": lanes,
        "ids": [ids.new_id() for _ in messages],
        "message_ids": [one.message_id for one in messages],
        "event_ids": [one.event_id for one in messages],
        "types": [one.type for one in messages],
        "tracking_numbers": [one.tracking_number for one in messages],
    }  # fmt: skip
    await session.execute(_ADD_AGAIN if again else _ADD_NEW, values)
