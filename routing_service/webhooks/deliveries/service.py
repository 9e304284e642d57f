"""The log of a webhook; a message or a period once more; a test."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks.deliveries import queries
from routing_service.webhooks.deliveries.schemas import (
    WebhookDeliveryParams,
    WebhookDeliveryView,
    WebhookReplayCreate,
    WebhookReplayParams,
    WebhookReplayView,
)
from routing_service.webhooks.subscriptions.service import own_webhook
from routing_service.webhooks.telling import PING
from shared import ids
from shared.clients import Client
from shared.domain.webhooks import WebhookDeliveryState, WebhookState
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Page
from shared.log import feed
from shared.schema import Webhook, WebhookDelivery, WebhookReplay


async def list_deliveries(
    session: AsyncSession, webhook_id: UUID, params: WebhookDeliveryParams, client: Client
) -> Page[WebhookDeliveryView]:
    """Raises Forbidden, NotFound."""
    await own_webhook(session, webhook_id, client)
    params = params.in_list("deliveries", webhook_id)
    found = await queries.page_of_deliveries(
        session, webhook_id, state=params.state, type=params.type, tracking_number=params.tracking_number,
        before=params.key(tuple[UUID]), limit=params.rows,
    )  # fmt: skip
    shown, next_cursor = params.cut(found, lambda row: (row.id,))
    return Page(items=[_view(row) for row in shown], next_cursor=next_cursor)


async def get_delivery(session: AsyncSession, webhook_id: UUID, id: UUID, client: Client) -> WebhookDeliveryView:
    """Raises Forbidden, NotFound."""
    await own_webhook(session, webhook_id, client)
    return _view(await _delivery(session, webhook_id, id))


async def replay_delivery(
    session: AsyncSession, webhook_id: UUID, id: UUID, client: Client, *, now: datetime
) -> WebhookDeliveryView:
    """Raises Forbidden, NotFound, Conflict."""
    _check_active(await own_webhook(session, webhook_id, client))
    found = await _delivery(session, webhook_id, id)
    await queries.open_lane(session, webhook_id, found.lane, now=now)
    await queries.wait_again(session, id)
    return _view(await _delivery(session, webhook_id, id))


async def ping(session: AsyncSession, webhook_id: UUID, client: Client, *, now: datetime) -> WebhookDeliveryView:
    """Raises Forbidden, NotFound, Conflict."""
    _check_active(await own_webhook(session, webhook_id, client, lock=True))
    if await queries.ping_waits(session, webhook_id):
        raise Conflict("A test of this webhook waits already; look for it in its log.", code="ping_waits")
    id = ids.new_id()
    await queries.open_lane(session, webhook_id, id, now=now)
    await queries.add_test(
        session,
        {
            "id": id, "webhook_id": webhook_id, "message_id": str(id), "lane": id, "event_id": None, "type": PING,
            "tracking_number": None, "state": WebhookDeliveryState.WAITING, "created_at": now,
        },
    )  # fmt: skip
    return _view(await _delivery(session, webhook_id, id))


async def replay_period(
    session: AsyncSession, webhook_id: UUID, body: WebhookReplayCreate, client: Client, *, days: int, now: datetime
) -> WebhookReplayView:
    """As far back as the feed reaches. Raises Forbidden, NotFound, Invalid, Conflict."""
    _check_active(await own_webhook(session, webhook_id, client, lock=True))
    if await queries.replay_runs(session, webhook_id):
        raise Conflict("A replay of this webhook is not finished yet; wait until it is.", code="replay_runs")
    since, until = max(body.since, now - timedelta(days=days)), min(body.until or now, now)
    if since >= until:
        raise Invalid(
            f"The period is empty: since must lie before until, and within the last {days} days.",
            pointer="/since", code="empty_period",
        )  # fmt: skip
    horizon = await feed.readers_horizon(session)
    found = await queries.transactions_of(session, since=since, until=until, horizon=horizon)
    first, last = found or (horizon, horizon)
    id = ids.new_id()
    start = feed.end_below(first)
    await queries.add_replay(
        session,
        {
            "id": id, "webhook_id": webhook_id, "since": since, "until": until,
            "transaction_id": start.transaction_id, "event_id": start.event_id, "last_transaction_id": last,
            "created_at": now, "finished_at": None if found else now,
        },
    )  # fmt: skip
    return _replay_view(await queries.replay_of(session, id))


async def list_replays(
    session: AsyncSession, webhook_id: UUID, params: WebhookReplayParams, client: Client
) -> Page[WebhookReplayView]:
    """Raises Forbidden, NotFound."""
    await own_webhook(session, webhook_id, client)
    params = params.in_list("replays", webhook_id)
    found = await queries.page_of_replays(session, webhook_id, before=params.key(tuple[UUID]), limit=params.rows)
    shown, next_cursor = params.cut(found, lambda row: (row.id,))
    return Page(items=[_replay_view(row) for row in shown], next_cursor=next_cursor)


async def _delivery(session: AsyncSession, webhook_id: UUID, id: UUID) -> WebhookDelivery:
    found = await queries.delivery_of(session, webhook_id, id)
    if found is None:
        raise NotFound(f"This webhook has no message {id}.")
    return found


def _check_active(webhook: Webhook) -> None:
    if webhook.state is not WebhookState.ACTIVE:
        raise Conflict(
            f"This webhook is {webhook.state.value}, and nothing is sent; set its state to active first.",
            code="webhook_stopped",
        )


def _view(row: WebhookDelivery) -> WebhookDeliveryView:
    return WebhookDeliveryView(
        delivery=row.id, message_id=row.message_id, event=row.event_id, type=row.type,
        tracking_number=row.tracking_number, state=row.state, attempts=row.attempts, attempted_at=row.attempted_at,
        status=row.status, error=row.error, milliseconds=row.milliseconds, created_at=row.created_at,
        ended_at=row.ended_at,
    )  # fmt: skip


def _replay_view(row: WebhookReplay) -> WebhookReplayView:
    return WebhookReplayView(
        replay=row.id, since=row.since, until=row.until, messages=row.messages,
        created_at=row.created_at, finished_at=row.finished_at,
    )  # fmt: skip
