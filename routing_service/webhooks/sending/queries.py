from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.webhooks import WebhookDeliveryState, WebhookState
from shared.schema import Webhook, WebhookDelivery, WebhookSecret


class Lane(NamedTuple):
    webhook_id: UUID
    lane: UUID


_IS_DUE = text(
    """
    SELECT EXISTS (
        SELECT FROM webhooks w WHERE w.state = 'active' AND coalesce(w.resting_until <= :now, true)
          AND EXISTS (SELECT FROM webhook_lanes l WHERE l.webhook_id = w.id AND l.due_at <= :now)
    )
    """
)
# Each webhook has so many messages on their way at most, over all copies; in which order webhooks are asked is chance,
# so that none is always the last. A lease puts the lane off: if whoever has it is killed it is due again by itself.
_CLAIM = text(
    """
    WITH able AS MATERIALIZED (
        SELECT w.id, CAST(:wide AS int) - (
            SELECT count(*) FROM webhook_lanes b WHERE b.webhook_id = w.id AND b.leased_until > :running
        ) AS room
        FROM webhooks w
        WHERE w.state = 'active' AND coalesce(w.resting_until <= :now, true) AND (w.failures >= :few) = :failing
          AND EXISTS (SELECT FROM webhook_lanes l WHERE l.webhook_id = w.id AND l.due_at <= :now)
        ORDER BY random()
    ), chosen AS MATERIALIZED (
        SELECT l.webhook_id, l.lane FROM able CROSS JOIN LATERAL (
            SELECT l.webhook_id, l.lane FROM webhook_lanes l WHERE l.webhook_id = able.id AND l.due_at <= :now
            ORDER BY l.due_at LIMIT greatest(0, able.room) FOR UPDATE SKIP LOCKED
        ) l LIMIT :most
    )
    UPDATE webhook_lanes l SET lease = :lease, leased_until = :until, due_at = :until
    FROM chosen c WHERE l.webhook_id = c.webhook_id AND l.lane = c.lane
    RETURNING l.webhook_id, l.lane
    """
)
_FIRST = text(
    """
    SELECT d.id FROM unnest(CAST(:webhook_ids AS uuid[]), CAST(:lanes AS uuid[])) AS l (webhook_id, lane)
    CROSS JOIN LATERAL (
        SELECT d.id FROM webhook_deliveries d
        WHERE d.webhook_id = l.webhook_id AND d.lane = l.lane AND d.state = 'waiting' ORDER BY d.place LIMIT 1
    ) d
    """
)
# Locked in the order of their names, as whoever adds to them does.
_HELD = text(
    """
    SELECT l.webhook_id, l.lane FROM webhook_lanes l
    JOIN unnest(CAST(:webhook_ids AS uuid[]), CAST(:lanes AS uuid[]), CAST(:leases AS uuid[]))
        AS ours (webhook_id, lane, lease) USING (webhook_id, lane, lease)
    ORDER BY l.webhook_id, l.lane FOR UPDATE OF l
    """
)
_SETTLE = text(
    """
    UPDATE webhook_deliveries d
    SET state = o.state, attempts = o.attempts, attempted_at = coalesce(o.attempted_at, d.attempted_at),
        status = o.status, error = o.error, milliseconds = o.milliseconds,
        ended_at = CASE WHEN o.state = 'waiting' THEN NULL ELSE CAST(:now AS timestamptz) END
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:attempts AS int[]), CAST(:attempted AS timestamptz[]),
        CAST(:statuses AS int[]), CAST(:errors AS text[]), CAST(:milliseconds AS int[])
    ) AS o (id, state, attempts, attempted_at, status, error, milliseconds)
    WHERE d.id = o.id
    """
)
_FREE = text(
    """
    UPDATE webhook_lanes l SET lease = NULL, leased_until = NULL, due_at = o.due_at
    FROM unnest(CAST(:webhook_ids AS uuid[]), CAST(:lanes AS uuid[]), CAST(:due AS timestamptz[]))
        AS o (webhook_id, lane, due_at)
    WHERE l.webhook_id = o.webhook_id AND l.lane = o.lane
    """
)
_CLOSE = text(
    """
    DELETE FROM webhook_lanes l
    USING unnest(CAST(:webhook_ids AS uuid[]), CAST(:lanes AS uuid[])) AS o (webhook_id, lane)
    WHERE l.webhook_id = o.webhook_id AND l.lane = o.lane AND NOT EXISTS (
        SELECT FROM webhook_deliveries d
        WHERE d.webhook_id = l.webhook_id AND d.lane = l.lane AND d.state = 'waiting'
    )
    """
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What of a delivery changes. `due_at`: when its lane is due next."""

    lane: Lane
    delivery_id: UUID
    state: WebhookDeliveryState
    attempts: int
    attempted_at: datetime | None
    status: int | None
    error: str | None
    milliseconds: int | None
    due_at: datetime


async def is_due(session: AsyncSession, *, now: datetime) -> bool:
    """Read alone, so that asking costs no transaction id."""
    return bool(await session.scalar(_IS_DUE, {"now": now}))


async def claim_lanes(
    session: AsyncSession, *, failing: bool, few: int, wide: int, most: int, lease: UUID, running: datetime,
    now: datetime, until: datetime,
) -> list[Lane]:  # fmt: skip
    """Lanes that are due, of webhooks whose receivers have failed `few` times or more, or of the others.

    A lease that ends by `running` takes no room: whoever has it was killed, or has an answer.
    """
    values = {
        "failing": failing, "few": few, "wide": wide, "most": most, "lease": lease, "running": running, "now": now,
        "until": until,
    }  # fmt: skip
    return [Lane(row.webhook_id, row.lane) for row in await session.execute(_CLAIM, values)]


async def first_of(session: AsyncSession, lanes: Sequence[Lane]) -> Sequence[WebhookDelivery]:
    """What each tells first; nothing for a lane in which nothing waits."""
    found = (await session.scalars(_FIRST, _named(lanes))).all()
    statement = select(WebhookDelivery).where(WebhookDelivery.id.in_(found))
    return (await session.scalars(statement, execution_options={"populate_existing": True})).all()


async def webhooks_of(session: AsyncSession, ids: Collection[UUID], *, lock: bool = False) -> Sequence[Webhook]:
    statement = select(Webhook).where(Webhook.id.in_(ids)).order_by(Webhook.id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).all()


async def good_secrets(
    session: AsyncSession, webhook_ids: Collection[UUID], *, now: datetime
) -> Sequence[WebhookSecret]:
    """Those that are good now, the newest first."""
    good = WebhookSecret.expires_at.is_(None) | (WebhookSecret.expires_at > now)
    statement = select(WebhookSecret).where(WebhookSecret.webhook_id.in_(webhook_ids), good)
    return (await session.scalars(statement.order_by(WebhookSecret.created_at.desc(), WebhookSecret.id.desc()))).all()


async def hold_lanes(session: AsyncSession, leases: Mapping[Lane, UUID]) -> set[Lane]:
    """Those of them that nobody has taken up anew since, locked."""
    rows = await session.execute(_HELD, {**_named(list(leases)), "leases": list(leases.values())})
    return {Lane(row.webhook_id, row.lane) for row in rows}


async def settle_lanes(session: AsyncSession, settled: Sequence[Settled], *, now: datetime) -> None:
    """Of lanes that are held: what became of the first of each; a lane in which nothing waits any more is closed."""
    values: dict[str, Any] = {
        "now": now,
        "ids": [one.delivery_id for one in settled],
        "states": [one.state.value for one in settled],
        "attempts": [one.attempts for one in settled],
        "attempted": [one.attempted_at for one in settled],
        "statuses": [one.status for one in settled],
        "errors": [one.error for one in settled],
        "milliseconds": [one.milliseconds for one in settled],
    }
    await session.execute(_SETTLE, values)
    await free_lanes(session, {one.lane: one.due_at for one in settled})


async def free_lanes(session: AsyncSession, due_at: Mapping[Lane, datetime]) -> None:
    """Lanes that are held: due then, or closed."""
    named = _named(list(due_at))
    await session.execute(_FREE, {**named, "due": list(due_at.values())})
    await session.execute(_CLOSE, named)


async def mark_webhook(session: AsyncSession, webhook_id: UUID, values: Mapping[str, Any]) -> None:
    """If it is active still."""
    ours = (Webhook.id == webhook_id, Webhook.state == WebhookState.ACTIVE)
    await session.execute(update(Webhook).where(*ours).values(**values))


def _named(lanes: Sequence[Lane]) -> dict[str, Any]:
    return {"webhook_ids": [one.webhook_id for one in lanes], "lanes": [one.lane for one in lanes]}
