"""What a webhook tells of an event: exactly the item that the feed of its owner has, as its owner may see it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.feed import service as feed
from shared.actors import ROUTING
from shared.clients import Client
from shared.domain.webhooks import WebhookAbout
from shared.errors import DomainError
from shared.http.wire import Answer
from shared.log import own_feed
from shared.log.own_feed import Matter
from shared.schema import Webhook

PING = "webhook.ping"


@dataclass(frozen=True, slots=True)
class Told:
    """One message. `lane`: the report that it is told for; those of one report keep their order."""

    message_id: str
    lane: UUID
    event_id: UUID
    type: str
    tracking_number: str
    body: str


class PingData(Answer):
    version: Literal[1] = 1


class Ping(Answer):
    """What a test says: a CloudEvent about no report."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = f"urn:lapor:{ROUTING}"
    type: Literal["webhook.ping"] = "webhook.ping"
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: PingData = PingData()


def ping(webhook_id: UUID, id: UUID, *, at: datetime) -> str:
    return Ping(id=id, subject=str(webhook_id), time=at).model_dump_json()


async def told(session: AsyncSession, webhook: Webhook, owner: Client, event_ids: Sequence[UUID]) -> list[Told]:
    """Of these events, what the webhook tells; in the order in which they were given."""
    if not event_ids:
        return []
    order = {event_id: number for number, event_id in enumerate(event_ids)}
    of_kind = _of_agency if webhook.about is WebhookAbout.AGENCY else _of_brought
    wanted = set(webhook.types) if webhook.types is not None else None
    found = [one for one in await of_kind(session, webhook, owner, event_ids) if wanted is None or one.type in wanted]
    return sorted(found, key=lambda one: (order[one.event_id], one.message_id))


async def _of_agency(session: AsyncSession, webhook: Webhook, owner: Client, event_ids: Sequence[UUID]) -> list[Told]:
    try:
        items = await feed.events_for(session, event_ids, owner, agency=webhook.only_agency_code)
    except DomainError:  # not allowed to work on any report any more, or the agency is gone
        return []
    return [
        Told(str(one.id), one.data.report_id, one.id, one.type, one.data.tracking_number, one.model_dump_json())
        for one in items
    ]


async def _of_brought(session: AsyncSession, webhook: Webhook, owner: Client, event_ids: Sequence[UUID]) -> list[Told]:
    """What happened to one report may be told for several: each has its own name then."""
    found = []
    for row in await own_feed.own_events(session, event_ids, sub=owner.sub, actor=owner.actor):
        item = own_feed.own_event(row)
        own = item.of is Matter.REPORT
        name = str(item.id) if own else f"{item.id}.{item.tracking_number}"
        found.append(Told(name, row.report_id, item.id, item.type, item.tracking_number, item.model_dump_json()))
    return found
