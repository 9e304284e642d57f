from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from routing_service.webhooks.subscriptions import service
from routing_service.webhooks.subscriptions.schemas import (
    NewWebhook,
    NewWebhookSecret,
    WebhookCreate,
    WebhookParams,
    WebhookPatch,
    WebhookSecretCreate,
    WebhookView,
)
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

#: A system, by its own token; what it may hear of is asked further in.
Subscriber = Annotated[Client, Depends(allow(Role.REPORTER_APP, Role.CHANNEL))]
_ADDRESS = ("address_not_public",)
_SCOPE = ("type_not_told", "agency_not_taken", "unknown_agency", "agency_out_of_reach")

WebhookId = Annotated[UUID, Path(alias="id", description="Of the webhook.")]


@router.get("", responses=web.errors_of())
@raises(403, "missing_scope")
async def list_webhooks(
    params: Annotated[WebhookParams, Query()], client: Subscriber, session: Session, now: Now
) -> Page[WebhookView]:
    """Your webhooks."""
    return await service.list_webhooks(session, params, client, now=now)


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=NewWebhook, responses=web.errors_of(extra=(409, 413)),
    dependencies=[makes("/v1/webhooks/{id}")],
)  # fmt: skip
@raises(403, "missing_scope")
@raises(409, "too_many_webhooks")
@raises(422, *_ADDRESS, "about_not_yours", *_SCOPE)
async def create_webhook(
    body: WebhookCreate, request: Request, client: Subscriber, session: Session, once: Idempotent, now: Now
) -> Response:
    """Have what the feed tells posted to an address of yours, as it happens; the secret is shown in this answer alone.

    From now on; what happened before, a replay tells.
    """
    await service.check_url(request.app.state.outgoing, body.url)
    made = await service.create_webhook(session, body, client, request.app.state.keys, now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.get("/{id}", responses=web.errors_of(reads=True))
@raises(403, "missing_scope")
async def get_webhook(webhook_id: WebhookId, client: Subscriber, session: Session, now: Now) -> WebhookView:
    """One of your webhooks, and how its receiver does."""
    return await service.get_webhook(session, webhook_id, client, now=now)


@router.patch("/{id}", responses=web.errors_of(reads=True, extra=(413,)))
@raises(403, "missing_scope")
@raises(422, *_ADDRESS, *_SCOPE)
async def change_webhook(
    webhook_id: WebhookId, body: WebhookPatch, request: Request, client: Subscriber, session: Session, now: Now
) -> WebhookView:
    """Change a webhook, stop it, or start it again."""
    if "url" in body.model_fields_set:
        await service.check_url(request.app.state.outgoing, body.url)
    return await service.change_webhook(session, webhook_id, body, client, now=now)


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=web.errors_of(reads=True))
@raises(403, "missing_scope")
async def remove_webhook(webhook_id: WebhookId, client: Subscriber, session: Session) -> None:
    """Remove a webhook, with the log of its messages."""
    await service.remove_webhook(session, webhook_id, client)


@router.post(
    "/{id}/secrets", status_code=HTTPStatus.CREATED, response_model=NewWebhookSecret,
    responses=web.errors_of(reads=True, extra=(409, 413)), dependencies=[makes("/v1/webhooks/{id}")],
)  # fmt: skip
@raises(403, "missing_scope")
@raises(409, "too_many_secrets")
async def rotate_webhook_secret(
    webhook_id: WebhookId, body: WebhookSecretCreate, request: Request, client: Subscriber, session: Session,
    once: Idempotent, now: Now,
) -> Response:  # fmt: skip
    """Give a webhook a new secret, shown in this answer alone. For a while messages are signed with both."""
    made = await service.rotate_secret(session, webhook_id, body, client, request.app.state.keys, now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)
