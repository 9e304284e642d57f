from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.webhooks import WebhookDeliveryState
from shared.schema import WebhookDelivery, WebhookLane, WebhookReplay


async def page_of_deliveries(
    session: AsyncSession, webhook_id: UUID, *, state: WebhookDeliveryState | None, type: str | None,
    tracking_number: str | None, before: UUID | None, limit: int,
) -> Sequence[WebhookDelivery]:  # fmt: skip
    """The newest first, by the index on webhook and id."""
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if state is not None:
        statement = statement.where(WebhookDelivery.state == state)
    if type is not None:
        statement = statement.where(WebhookDelivery.type == type)
    if tracking_number is not None:
        statement = statement.where(WebhookDelivery.tracking_number == tracking_number)
    if before is not None:
        statement = statement.where(WebhookDelivery.id < before)
    return (await session.scalars(statement.order_by(WebhookDelivery.id.desc()).limit(limit))).all()


async def delivery_of(session: AsyncSession, webhook_id: UUID, id: UUID) -> WebhookDelivery | None:
    statement = select(WebhookDelivery).where(WebhookDelivery.id == id, WebhookDelivery.webhook_id == webhook_id)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()


async def open_lane(session: AsyncSession, webhook_id: UUID, lane: UUID, *, now: datetime) -> None:
    """Locked, and due at once unless somebody is sending of it."""
    values = {"webhook_id": webhook_id, "lane": lane, "due_at": now, "waits_since": now}
    statement = upsert(WebhookLane).values(**values)
    due_at = func.coalesce(WebhookLane.leased_until, statement.excluded.due_at)
    keys = [WebhookLane.webhook_id, WebhookLane.lane]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"due_at": due_at}))


async def wait_again(session: AsyncSession, id: UUID) -> None:
    """For its first attempt. One that waits already stays as it is."""
    ended = (WebhookDelivery.id == id, WebhookDelivery.state != WebhookDeliveryState.WAITING)
    values = {"state": WebhookDeliveryState.WAITING, "attempts": 0, "ended_at": None}
    await session.execute(update(WebhookDelivery).where(*ended).values(values))


async def ping_waits(session: AsyncSession, webhook_id: UUID) -> bool:
    waiting = exists().where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == WebhookDeliveryState.WAITING,
        WebhookDelivery.event_id.is_(None),
    )  # fmt: skip
    return bool(await session.scalar(select(waiting)))


async def add_test(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(WebhookDelivery).values(**values))


_TRANSACTIONS = text(
    """
    SELECT min(transaction_id) AS first, max(transaction_id) AS last FROM events
    WHERE recorded_at >= :since AND recorded_at < :until AND transaction_id < :horizon
    """
)


async def transactions_of(
    session: AsyncSession, *, since: datetime, until: datetime, horizon: int
) -> tuple[int, int] | None:
    """The first and the last that wrote events in this period; by the index of summaries on recorded_at."""
    values = {"since": since, "until": until, "horizon": horizon}
    row = (await session.execute(_TRANSACTIONS, values)).one()
    return None if row.first is None else (row.first, row.last)


async def replay_runs(session: AsyncSession, webhook_id: UUID) -> bool:
    running = exists().where(WebhookReplay.webhook_id == webhook_id, WebhookReplay.finished_at.is_(None))
    return bool(await session.scalar(select(running)))


async def add_replay(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(WebhookReplay).values(**values))


async def replay_of(session: AsyncSession, id: UUID) -> WebhookReplay:
    statement = select(WebhookReplay).where(WebhookReplay.id == id)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one()


async def page_of_replays(
    session: AsyncSession, webhook_id: UUID, *, before: UUID | None, limit: int
) -> Sequence[WebhookReplay]:
    statement = select(WebhookReplay).where(WebhookReplay.webhook_id == webhook_id)
    if before is not None:
        statement = statement.where(WebhookReplay.id < before)
    return (await session.scalars(statement.order_by(WebhookReplay.id.desc()).limit(limit))).all()
