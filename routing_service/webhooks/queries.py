"""What several rooms of webhooks read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.accounts import AccountState
from shared.domain.webhooks import WebhookDeliveryState, WebhookState
from shared.queries.standings import AGENCY, IN_SERVICE, ROLE, of_accounts
from shared.schema import Account, Agency, Webhook, WebhookDelivery, WebhookLane

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
