from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.webhooks import WebhookState
from shared.schema import Webhook, WebhookDelivery, WebhookLane, WebhookSecret

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('webhooks|' || :owner, 2270))")


async def take_turns(session: AsyncSession, owner: str) -> None:
    """Two of one owner's at once count each other."""
    await session.execute(_ONE_AT_A_TIME, {"owner": owner})


async def count_of_owner(session: AsyncSession, owner: str, role: str) -> int:
    statement = select(func.count()).where(Webhook.owner == owner, Webhook.role == role)
    return int(await session.scalar(statement) or 0)


async def page_of_webhooks(
    session: AsyncSession, owner: str, role: str, *, state: WebhookState | None, after: UUID | None, limit: int
) -> Sequence[Webhook]:
    """By the index on the owner."""
    statement = select(Webhook).where(Webhook.owner == owner, Webhook.role == role).order_by(Webhook.id).limit(limit)
    if state is not None:
        statement = statement.where(Webhook.state == state)
    if after is not None:
        statement = statement.where(Webhook.id > after)
    return (await session.scalars(statement)).all()


async def webhook_of(session: AsyncSession, id: UUID, *, lock: bool = False) -> Webhook | None:
    statement = select(Webhook).where(Webhook.id == id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()


async def add_webhook(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(Webhook).values(**values))


async def store_webhook(session: AsyncSession, id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(update(Webhook).where(Webhook.id == id).values(**values))


async def make_due(session: AsyncSession, webhook_id: UUID, *, now: datetime) -> None:
    """What waits is tried at once."""
    waiting = (WebhookLane.webhook_id == webhook_id, WebhookLane.leased_until.is_(None))
    await session.execute(update(WebhookLane).where(*waiting).values(due_at=now))


async def delete_webhook(session: AsyncSession, id: UUID) -> None:
    """What is on its way goes first: whoever settles it waits for nothing of ours."""
    for model in (WebhookLane, WebhookDelivery):
        await session.execute(delete(model).where(model.webhook_id == id))
    await session.execute(delete(Webhook).where(Webhook.id == id))


async def secrets_of(session: AsyncSession, webhook_ids: Collection[UUID], *, now: datetime) -> Sequence[WebhookSecret]:
    """Those that are good now, the newest first."""
    good = or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > now)
    statement = select(WebhookSecret).where(WebhookSecret.webhook_id.in_(webhook_ids), good)
    return (await session.scalars(statement.order_by(WebhookSecret.id.desc()))).all()


async def store_secret(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(WebhookSecret).values(**values))


async def end_secrets(session: AsyncSession, webhook_id: UUID, *, at: datetime) -> None:
    """None is good for longer."""
    longer = or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > at)
    ours = (WebhookSecret.webhook_id == webhook_id, longer)
    await session.execute(update(WebhookSecret).where(*ours).values(expires_at=at))
