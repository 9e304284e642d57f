"""Webhooks of one owner: made, changed and removed with the token that they speak for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks import secrets
from routing_service.webhooks.owners import check_rights
from routing_service.webhooks.subscriptions import queries
from routing_service.webhooks.subscriptions.schemas import (
    NewWebhook,
    NewWebhookSecret,
    WebhookCreate,
    WebhookParams,
    WebhookPatch,
    WebhookSecretCreate,
    WebhookSecretView,
    WebhookView,
)
from shared import ids
from shared.clients import Client
from shared.domain.webhooks import WebhookAbout, WebhookState
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Page
from shared.keys.held import Keys
from shared.log import feed
from shared.log.own_feed import HIDDEN
from shared.outgoing import NotPublic, Outgoing, Unknown
from shared.queries.reach import reach_of
from shared.queries.subtrees import subtree
from shared.schema import Webhook, WebhookSecret

MOST_WEBHOOKS = 20
#: While one replaces another; a secret whose end has come does not count.
MOST_SECRETS = 5


async def check_url(outgoing: Outgoing, url: str) -> None:
    """Asks where the host lies, so that it is done before the database is. Raises Invalid.

    What is wrong with it is not told: whoever asks would learn what our network calls what.
    """
    try:
        await outgoing.check_host(url)
    except (NotPublic, Unknown):
        raise Invalid(
            "Messages are sent to hosts with a public address alone, over https; name another address.",
            pointer="/url", code="address_not_public",
        ) from None  # fmt: skip


async def list_webhooks(
    session: AsyncSession, params: WebhookParams, client: Client, *, now: datetime
) -> Page[WebhookView]:
    """Raises Forbidden."""
    check_rights(client)
    params = params.in_list("webhooks")
    found = await queries.page_of_webhooks(
        session, client.sub, client.role, state=params.state, after=params.key(tuple[UUID]), limit=params.rows
    )
    shown, next_cursor = params.cut(found, lambda row: (row.id,))
    known = await queries.secrets_of(session, [one.id for one in shown], now=now)
    items = [webhook_view(one, [secret for secret in known if secret.webhook_id == one.id]) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


async def own_webhook(session: AsyncSession, id: UUID, client: Client, *, lock: bool = False) -> Webhook:
    """Somebody else's is not there. Raises Forbidden, NotFound."""
    check_rights(client)
    found = await queries.webhook_of(session, id, lock=lock)
    if found is None or (found.owner, found.role) != (client.sub, client.role):
        raise NotFound(f"There is no webhook {id}.")
    return found


async def get_webhook(session: AsyncSession, id: UUID, client: Client, *, now: datetime) -> WebhookView:
    """Raises Forbidden, NotFound."""
    found = await own_webhook(session, id, client)
    return webhook_view(found, await queries.secrets_of(session, [id], now=now))


async def create_webhook(
    session: AsyncSession, body: WebhookCreate, client: Client, keys: Keys, *, now: datetime
) -> NewWebhook:
    """Raises Forbidden, Invalid, Conflict."""
    about = _about(body, check_rights(client))
    await _check_scope(session, client, about, body.types, body.agency)
    await queries.take_turns(session, client.sub)
    if await queries.count_of_owner(session, client.sub, client.role) >= MOST_WEBHOOKS:
        raise Conflict(f"You have {MOST_WEBHOOKS} webhooks; remove one of them first.", code="too_many_webhooks")
    id = ids.new_id()
    await queries.add_webhook(
        session,
        {
            "id": id, "owner": client.sub, "role": client.role.value, "agency_code": client.agency,
            "scopes": sorted(client.scopes), "name": body.name, "url": body.url, "about": about,
            "types": body.types, "only_agency_code": body.agency, "state": WebhookState.ACTIVE,
            **await _from_now_on(session), "created_at": now, "changed_at": now,
        },
    )  # fmt: skip
    secret = await _add_secret(session, id, keys, now=now)
    return NewWebhook(**(await get_webhook(session, id, client, now=now)).model_dump(), secret=secret.secret)


async def change_webhook(
    session: AsyncSession, id: UUID, body: WebhookPatch, client: Client, *, now: datetime
) -> WebhookView:
    """Raises Forbidden, NotFound, Invalid."""
    found = await own_webhook(session, id, client, lock=True)
    given = body.model_fields_set
    types = body.types if "types" in given else None
    await _check_scope(session, client, found.about, types, body.agency)
    values: dict[str, Any] = {name: getattr(body, name) for name in ("name", "url", "types") if name in given}
    if "agency" in given:
        values["only_agency_code"] = body.agency
    if "state" in given and body.state is not found.state:
        values |= await _state(session, found, body.state)
    if values:
        # Another token of the same owner may speak for another agency: what it says now is what counts.
        spoken = {"agency_code": client.agency, "scopes": sorted(client.scopes), "changed_at": now}
        await queries.store_webhook(session, id, values | spoken)
    if values.get("state") is WebhookState.ACTIVE or "url" in values:
        await queries.make_due(session, id, now=now)
    return await get_webhook(session, id, client, now=now)


async def _state(session: AsyncSession, webhook: Webhook, state: WebhookState) -> dict[str, Any]:
    values: dict[str, Any] = {"state": state, "disabled_at": None, "disabled_because": None, "notice_due_at": None}
    if state is WebhookState.ACTIVE:
        values |= {
            "failures": 0, "failing_since": None, "resting_until": None, **await _from_now_on(session),
        }  # fmt: skip
    return values


async def _from_now_on(session: AsyncSession) -> dict[str, Any]:
    """What has ended by now is not heard; what still runs is, whatever its number."""
    return {"since_transaction_id": await feed.horizon(session), "since_snapshot": await feed.snapshot(session)}


async def remove_webhook(session: AsyncSession, id: UUID, client: Client) -> None:
    """With its log. Raises Forbidden, NotFound."""
    await own_webhook(session, id, client)
    await queries.delete_webhook(session, id)


async def rotate_secret(
    session: AsyncSession, id: UUID, body: WebhookSecretCreate, client: Client, keys: Keys, *, now: datetime
) -> NewWebhookSecret:
    """Raises Forbidden, NotFound, Conflict."""
    await own_webhook(session, id, client, lock=True)
    await queries.end_secrets(session, id, at=now + timedelta(hours=body.overlap_hours))
    if len(await queries.secrets_of(session, [id], now=now)) >= MOST_SECRETS:
        raise Conflict(
            f"This webhook has {MOST_SECRETS} secrets; wait until one ends, or ask with overlap_hours 0.",
            code="too_many_secrets",
        )
    return await _add_secret(session, id, keys, now=now)


async def _add_secret(session: AsyncSession, webhook_id: UUID, keys: Keys, *, now: datetime) -> NewWebhookSecret:
    id, secret = ids.new_id(), secrets.new_secret()
    await queries.store_secret(
        session, {**secrets.sealed(keys, id, secret), "webhook_id": webhook_id, "created_at": now}
    )
    return NewWebhookSecret(created_at=now, expires_at=None, secret=secret)


def _about(body: WebhookCreate, allowed: Sequence[WebhookAbout]) -> WebhookAbout:
    """Raises Invalid."""
    if body.about is None:
        return allowed[0]
    if body.about not in allowed:
        raise Invalid(
            f"Your token does not let you hear of {body.about.value}; it takes the scope reports:work and an agency "
            "for agency, and reports:submit for brought.",
            pointer="/about", code="about_not_yours",
        )  # fmt: skip
    return body.about


async def _check_scope(
    session: AsyncSession, client: Client, about: WebhookAbout, types: Sequence[str] | None, agency: str | None
) -> None:
    """Nobody is to wait for what would never come. Raises Invalid."""
    if about is WebhookAbout.BROUGHT:
        hidden = sorted(HIDDEN.intersection(types or ()))
        if hidden:
            raise Invalid(
                f"Whoever hands reports in does not hear of {', '.join(hidden)}; leave that out.",
                pointer="/types", code="type_not_told",
            )  # fmt: skip
        if agency is not None:
            raise Invalid(
                "A webhook about reports that you handed in has no agency; leave it out.",
                pointer="/agency", code="agency_not_taken",
            )  # fmt: skip
    elif agency is not None:
        if not await subtree(session, agency):
            raise Invalid(f"There is no agency {agency}.", pointer="/agency", code="unknown_agency")
        reach = await reach_of(session, client)
        if reach.codes is not None and agency not in reach.codes:
            raise Invalid(f"You do not work on reports of {agency}.", pointer="/agency", code="agency_out_of_reach")


def webhook_view(webhook: Webhook, known: Sequence[WebhookSecret]) -> WebhookView:
    return WebhookView(
        id=webhook.id, name=webhook.name, url=webhook.url, about=webhook.about, types=webhook.types,
        agency=webhook.only_agency_code, state=webhook.state, disabled_at=webhook.disabled_at,
        disabled_because=webhook.disabled_because, failing_since=webhook.failing_since,
        succeeded_at=webhook.succeeded_at, failed_at=webhook.failed_at,
        secrets=[WebhookSecretView.model_validate(secret) for secret in known],
        created_at=webhook.created_at, changed_at=webhook.changed_at,
    )  # fmt: skip
