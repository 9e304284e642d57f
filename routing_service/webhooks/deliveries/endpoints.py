from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from routing_service.webhooks.deliveries import service
from routing_service.webhooks.deliveries.schemas import (
    WebhookDeliveryParams,
    WebhookDeliveryView,
    WebhookReplayCreate,
    WebhookReplayParams,
    WebhookReplayView,
)
from routing_service.webhooks.subscriptions.endpoints import Subscriber, WebhookId
from shared.database import Session
from shared.http import web
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page
from shared.settings import RoutingSettings

router = APIRouter(prefix="/v1/webhooks/{id}", tags=["webhooks"])

DeliveryId = Annotated[UUID, Path(alias="delivery", description="Of the message in the log.")]

_ANSWERS = web.errors_of(reads=True, extra=(409, 413))
_MESSAGE = makes("/v1/webhooks/{id}/deliveries/{delivery}")


@router.post(
    "/ping", status_code=HTTPStatus.ACCEPTED, response_model=WebhookDeliveryView, responses=_ANSWERS,
    dependencies=[_MESSAGE],
)  # fmt: skip
@raises(403, "missing_scope")
@raises(409, "webhook_stopped", "ping_waits")
async def ping_webhook(
    webhook_id: WebhookId, client: Subscriber, session: Session, once: Idempotent, now: Now
) -> Response:
    """Send a test of the type `webhook.ping`; look into the log for what became of it."""
    sent = await service.ping(session, webhook_id, client, now=now)
    return await once.answer(sent, status=HTTPStatus.ACCEPTED)


@router.get("/deliveries", responses=web.errors_of(reads=True))
@raises(403, "missing_scope")
async def list_webhook_deliveries(
    webhook_id: WebhookId, params: Annotated[WebhookDeliveryParams, Query()], client: Subscriber, session: Session
) -> Page[WebhookDeliveryView]:
    """The messages of a webhook and what became of them, the newest first."""
    return await service.list_deliveries(session, webhook_id, params, client)


@router.get("/deliveries/{delivery}", responses=web.errors_of(reads=True))
@raises(403, "missing_scope")
async def get_webhook_delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, client: Subscriber, session: Session
) -> WebhookDeliveryView:
    """One message and what became of it."""
    return await service.get_delivery(session, webhook_id, delivery_id, client)


@router.post(
    "/deliveries/{delivery}/replay", status_code=HTTPStatus.ACCEPTED, response_model=WebhookDeliveryView,
    responses=_ANSWERS, dependencies=[_MESSAGE],
)  # fmt: skip
@raises(403, "missing_scope")
@raises(409, "webhook_stopped")
async def replay_webhook_delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, client: Subscriber, session: Session, once: Idempotent, now: Now
) -> Response:
    """Send a message once more, under the same `webhook-id`."""
    again = await service.replay_delivery(session, webhook_id, delivery_id, client, now=now)
    return await once.answer(again, status=HTTPStatus.ACCEPTED)


@router.get("/replays", responses=web.errors_of(reads=True))
@raises(403, "missing_scope")
async def list_webhook_replays(
    webhook_id: WebhookId, params: Annotated[WebhookReplayParams, Query()], client: Subscriber, session: Session
) -> Page[WebhookReplayView]:
    """The periods that were asked for once more, and how far each has got."""
    return await service.list_replays(session, webhook_id, params, client)


@router.post(
    "/replays", status_code=HTTPStatus.ACCEPTED, response_model=WebhookReplayView, responses=_ANSWERS,
    dependencies=[makes("/v1/webhooks/{id}/replays")],
)  # fmt: skip
@raises(403, "missing_scope")
@raises(409, "webhook_stopped", "replay_runs")
@raises(422, "empty_period")
@raises(503, "log_behind")
async def replay_webhook_period(
    webhook_id: WebhookId, body: WebhookReplayCreate, request: Request, client: Subscriber, session: Session,
    once: Idempotent, now: Now,
) -> Response:  # fmt: skip
    """Tell a period once more, as far back as the feed reaches, whatever was delivered; under the same `webhook-id`."""
    settings: RoutingSettings = request.app.state.settings
    again = await service.replay_period(session, webhook_id, body, client, days=settings.feed_days, now=now)
    return await once.answer(again, status=HTTPStatus.ACCEPTED)
