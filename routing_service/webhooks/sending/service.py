"""One attempt, and what follows from it for the message and for its receiver."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks import schedule, secrets
from routing_service.webhooks.sending import queries
from routing_service.webhooks.sending.claiming import Message
from routing_service.webhooks.sending.queries import Settled
from shared.database import Sessions
from shared.domain.webhooks import WebhookDeliveryState, WebhookState
from shared.outgoing import NotPublic, Outgoing, Unanswered
from shared.schema import Webhook

GONE = 410
#: What a receiver says beside its status is read so far, to keep the connection, and is not kept.
MOST_BYTES = 16 * 1024
USER_AGENT = "lapor-webhooks/1"
#: When a receiver last took something is written down so often.
SUCCESS_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` None: the receiver has taken the message."""

    message: Message
    at: datetime
    milliseconds: int
    status: int | None
    error: str | None

    @property
    def is_gone(self) -> bool:
        return self.status == GONE


async def attempt(outgoing: Outgoing, message: Message, *, now: datetime, seconds: float) -> Outcome:
    """Never raises but when it is cancelled."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": secrets.signature(message.secrets, message.message_id, message.body, at=now),
    }
    started = time.monotonic()
    status, error = None, None
    try:
        answer = await outgoing.send(
            "POST", message.url, headers=headers, content=message.body.encode(), seconds=seconds, most_bytes=MOST_BYTES
        )
        status = answer.status
        error = None if 200 <= status < 300 else _named(status)
    except NotPublic:
        error = "address_not_public"
    except Unanswered as unanswered:
        error = unanswered.code
    return Outcome(message, now, round((time.monotonic() - started) * 1000), status, error)


def _named(status: int) -> str:
    if status == GONE:
        return "gone"
    return "redirect" if 300 <= status < 400 else "status"


async def settle_outcomes(sessions: Sessions, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """What somebody else has taken up meanwhile is theirs."""
    async with sessions.begin() as session:
        held = await queries.hold_lanes(session, {one.message.lane: one.message.lease for one in outcomes})
        ours = [one for one in outcomes if one.message.lane in held]
        if ours:
            await queries.settle_lanes(session, [_settled(one, now) for one in ours], now=now)
            await _mark_receivers(session, ours, now=now)


def _settled(outcome: Outcome, now: datetime) -> Settled:
    message, attempts = outcome.message, outcome.message.attempts + 1
    state, due_at = WebhookDeliveryState.DELIVERED, now
    if outcome.error is not None:
        wait = None if outcome.is_gone else schedule.wait_after(attempts)
        state = WebhookDeliveryState.FAILED if wait is None else WebhookDeliveryState.WAITING
        due_at = now if wait is None else now + wait
    return Settled(
        message.lane, message.delivery_id, state, attempts, outcome.at, outcome.status, outcome.error,
        outcome.milliseconds, due_at,
    )  # fmt: skip


async def _mark_receivers(session: AsyncSession, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    by_webhook: dict[UUID, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        by_webhook[one.message.lane.webhook_id].append(one)
    known = {one.id: one for one in await queries.webhooks_of(session, by_webhook)}
    changing = [id for id, found in by_webhook.items() if id in known and _changes(known[id], found, now)]
    if not changing:
        return
    for webhook in await queries.webhooks_of(session, changing, lock=True):
        await queries.mark_webhook(session, webhook.id, _standing(webhook, by_webhook[webhook.id], now=now))


def _changes(webhook: Webhook, outcomes: Sequence[Outcome], now: datetime) -> bool:
    """Not each time that all is well: the row would be written with every message."""
    said = webhook.succeeded_at
    is_news = said is None or (now - said).total_seconds() >= SUCCESS_SECONDS
    return is_news or webhook.failures > 0 or any(one.error is not None for one in outcomes)


def _standing(webhook: Webhook, outcomes: Sequence[Outcome], *, now: datetime) -> dict[str, Any]:
    """How the receiver stands after these attempts. One that takes anything does not fail as a whole."""
    failed = [one for one in outcomes if one.error is not None]
    values: dict[str, Any] = {"failed_at": now} if failed else {}
    if len(failed) < len(outcomes):
        values |= {"failures": 0, "failing_since": None, "resting_until": None, "succeeded_at": now}
    else:
        failures = webhook.failures + min(len(failed), schedule.FEW)
        since = schedule.failing_since(webhook.failing_since, webhook.failed_at, now=now)
        rest = schedule.rest_after(failures)
        values |= {
            "failures": failures, "failing_since": since, "resting_until": None if rest is None else now + rest,
        }  # fmt: skip
        if schedule.is_given_up(since, now=now):
            values |= _disabled("failing", now)
    if any(one.is_gone for one in failed):
        values |= _disabled("gone", now)
    return values


def _disabled(because: str, now: datetime) -> dict[str, Any]:
    return {
        "state": WebhookState.DISABLED, "disabled_at": now, "disabled_because": because, "changed_at": now,
        "notice_due_at": now, "notice_attempts": 0,
    }  # fmt: skip
