"""What several rooms of webhooks read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.accounts import AccountState
from shared.domain.webhooks import WebhookDeliveryState, WebhookState
from shared.queries.standings import AGENCY, IN_SERVICE, ROLE, of_accounts
from shared.schema import Account, Agency, Webhook, WebhookDelivery, WebhookLane, WebhookReplay, WebhookSecret

_STANDS = and_(Account.state == AccountState.ACTIVE, IN_SERVICE).label("stands")


async def accounts_of(session: AsyncSession, ids: Collection[str]) -> Sequence[Row[Any]]:
    """Role, agency and scopes of these accounts, and whether they get in."""
    statement = of_accounts(Account.id, Account.scopes, ROLE, AGENCY, _STANDS).where(Account.id.in_(ids))
    return (await session.execute(statement)).all()


async def ended_agencies(session: AsyncSession, codes: Collection[str]) -> Collection[str]:
    return set(await session.scalars(select(Agency.code).where(Agency.code.in_(codes), Agency.active.is_(False))))


async def backlog(session: AsyncSession) -> tuple[int, datetime | None, int]:
    """How many messages wait, since when the oldest does, and how many webhooks fail."""
    is_active = Webhook.state == WebhookState.ACTIVE
    waiting = select(func.count()).where(WebhookDelivery.state == WebhookDeliveryState.WAITING).scalar_subquery()
    oldest = select(func.min(WebhookLane.waits_since)).join(Webhook, Webhook.id == WebhookLane.webhook_id)
    failing = select(func.count()).where(is_active, Webhook.failing_since.is_not(None)).scalar_subquery()
    row = (await session.execute(select(waiting, oldest.where(is_active).scalar_subquery(), failing))).one()
    return row[0], row[1], row[2]


async def webhooks_by_state(session: AsyncSession) -> Mapping[str, int]:
    rows = await session.execute(select(Webhook.state, func.count()).group_by(Webhook.state))
    return {row[0]: row[1] for row in rows}


# What waits in a lane goes with its messages; the lane itself is closed by whoever finds nothing in it.
_FORGET = text(
    """
    DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries WHERE created_at < :before AND coalesce(ended_at < :before, true) LIMIT :limit
    )
    """
)


async def forget_messages(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """By the index of summaries on created_at. One that was sent again since stays."""
    result = await session.execute(_FORGET, {"before": before, "limit": limit})
    return int(result.rowcount)  # type: ignore[attr-defined]


async def forget_ended(session: AsyncSession, *, before: datetime) -> None:
    await session.execute(delete(WebhookSecret).where(WebhookSecret.expires_at < before))
    await session.execute(delete(WebhookReplay).where(WebhookReplay.finished_at < before))


async def all_secrets(session: AsyncSession) -> Sequence[WebhookSecret]:
    """Locked; those that somebody else is changing are passed over."""
    statement = select(WebhookSecret).order_by(WebhookSecret.id).with_for_update(skip_locked=True)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).all()


async def change_secret(session: AsyncSession, id: UUID, values: Mapping[str, object]) -> None:
    await session.execute(update(WebhookSecret).where(WebhookSecret.id == id).values(**values))
