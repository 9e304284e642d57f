"""What is to be sent now: the first message of each lane that is due, as its owner may hear it now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks import schedule, secrets, telling
from routing_service.webhooks.owners import owners_of
from routing_service.webhooks.sending import queries
from routing_service.webhooks.sending.queries import Lane, Settled
from shared import ids
from shared.clients import Client
from shared.database import Sessions
from shared.domain.webhooks import WebhookDeliveryState
from shared.keys.held import Keys
from shared.schema import Webhook, WebhookDelivery

#: What was claimed and not settled is due again: whoever had it was killed. Twice as long as an attempt takes.
ATTEMPT = timedelta(seconds=schedule.ATTEMPT_SECONDS)
LEASE = 2 * ATTEMPT
#: A secret whose key is away may come back with it.
KEY_REST = timedelta(minutes=5)
#: Over all that fail: many that keep us waiting are not to take the places of those that answer.
MOST_PROBES = 50


@dataclass(frozen=True, slots=True)
class Message:
    """`is_probe`: its receiver fails, and has no other at the same time."""

    lane: Lane
    lease: UUID
    delivery_id: UUID
    attempts: int  #: before this one
    url: str
    message_id: str
    body: str
    secrets: list[str]
    is_probe: bool


@dataclass(frozen=True, slots=True)
class ClaimedMessages:
    """`lanes`: how many were looked at; there may be more where none of them had anything to send."""

    messages: Sequence[Message]
    lanes: int


@dataclass(frozen=True, slots=True)
class Room:
    """`wide`: how many a receiver has at once. The others: how many more this process sends."""

    wide: int
    most: int
    probes: int


async def claim_messages(
    sessions: Sessions, keys: Keys, room: Room, *, production: bool, now: datetime
) -> ClaimedMessages:
    async with sessions() as session:
        if not await queries.is_due(session, now=now):
            return ClaimedMessages([], 0)
    lease = ids.new_id()
    async with sessions.begin() as session:
        lanes = []
        for failing, wide, most in ((False, room.wide, room.most), (True, 1, room.probes)):
            if most > 0:
                lanes += await queries.claim_lanes(
                    session, failing=failing, few=schedule.FEW, wide=wide, most=most, lease=lease, now=now,
                    running=now + LEASE - ATTEMPT, until=now + LEASE,
                )  # fmt: skip
        messages = await _prepare(session, keys, lanes, lease, production=production, now=now) if lanes else []
    return ClaimedMessages(messages, len(lanes))


async def _prepare(
    session: AsyncSession, keys: Keys, lanes: Sequence[Lane], lease: UUID, *, production: bool, now: datetime
) -> list[Message]:
    """What nobody may hear any more ends here."""
    by_webhook: dict[UUID, list[WebhookDelivery]] = defaultdict(list)
    for delivery in await queries.first_of(session, lanes):
        by_webhook[delivery.webhook_id].append(delivery)
    webhooks = await queries.webhooks_of(session, by_webhook)
    owners = await owners_of(session, webhooks, production=production)
    known = await _secrets(session, keys, by_webhook, now=now)
    messages: list[Message] = []
    withheld: list[Settled] = []
    unsigned: dict[Lane, datetime] = {}
    for webhook in webhooks:
        deliveries = by_webhook[webhook.id]
        bodies = await _bodies(session, webhook, owners.get(webhook.id), deliveries)
        for one in deliveries:
            lane = Lane(webhook.id, one.lane)
            body = bodies.get(one.message_id)
            if body is None:
                withheld.append(_withheld(lane, one, now))
            elif not known[webhook.id]:
                unsigned[lane] = now + KEY_REST
            else:
                messages.append(
                    Message(
                        lane, lease, one.id, one.attempts, webhook.url, one.message_id, body, known[webhook.id],
                        is_probe=webhook.failures >= schedule.FEW,
                    )
                )  # fmt: skip
    taken = {Lane(one.webhook_id, one.lane) for found in by_webhook.values() for one in found}
    empty = dict.fromkeys((lane for lane in lanes if lane not in taken), now)
    if withheld:
        await queries.settle_lanes(session, withheld, now=now)
    if empty or unsigned:
        await queries.free_lanes(session, empty | unsigned)
    return messages


async def _bodies(
    session: AsyncSession, webhook: Webhook, owner: Client | None, deliveries: Sequence[WebhookDelivery]
) -> Mapping[str, str]:
    """By message."""
    if owner is None:
        return {}
    events = [one.event_id for one in deliveries if one.event_id is not None]
    found = {one.message_id: one.body for one in await telling.told(session, webhook, owner, events)}
    pings = {
        one.message_id: telling.ping(webhook.id, one.id, at=one.created_at)
        for one in deliveries if one.event_id is None
    }  # fmt: skip
    return found | pings


async def _secrets(
    session: AsyncSession, keys: Keys, webhook_ids: Mapping[UUID, object], *, now: datetime
) -> Mapping[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in await queries.good_secrets(session, webhook_ids.keys(), now=now):
        secret = secrets.opened(keys, row)
        if secret is not None:
            found[row.webhook_id].append(secret)
    return found


def _withheld(lane: Lane, one: WebhookDelivery, now: datetime) -> Settled:
    return Settled(
        lane, one.id, WebhookDeliveryState.WITHHELD, one.attempts, None, None, "out_of_reach", None, due_at=now
    )
