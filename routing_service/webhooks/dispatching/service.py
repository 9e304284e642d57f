"""Turns events into messages, by the position in the log that the last who did so has left.

Any number of processes may try: the one that locks the position goes on from there. Messages and position are stored
together, so that whoever is killed leaves neither.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks.adding import add_messages
from routing_service.webhooks.dispatching import queries
from routing_service.webhooks.owners import owners_of
from routing_service.webhooks.telling import told
from shared.clients import Client
from shared.database import Sessions, release_when_idle
from shared.domain.webhooks import WebhookAbout
from shared.log import feed
from shared.log.feed import Position
from shared.schema import Webhook

PAGE = 500
IDLE_SECONDS = 60
#: Where nobody listens the position goes on only when it lies so many transactions behind.
FAR = 10_000


async def dispatch_events(sessions: Sessions, *, production: bool, now: datetime, limit: int = PAGE) -> bool:
    """A page of the log. Whether there may be more. Raises Unavailable where the log was restored elsewhere."""
    async with sessions() as session:
        if not await queries.is_behind(session, far=FAR):
            return False
    async with sessions.begin() as session:
        await release_when_idle(session, seconds=IDLE_SECONDS)
        after = await queries.lock_position(session)
        if after is None:
            return False
        horizon = await feed.readers_horizon(session)
        webhooks = await queries.active_webhooks(session)
        if not webhooks:
            await queries.move_position(session, feed.end_below(horizon))
            return False
        page = await queries.page_of_log(session, after, horizon=horizon, limit=limit)
        if not page:
            return False
        end = Position(page[-1].transaction_id, page[-1].id)
        full = len(page) == limit
        events = in_order([*page, *(await _before_their_time(session, page, end) if full else [])])
        await _tell(session, webhooks, events, production=production, now=now)
        await queries.move_position(session, end)
    return full


async def _before_their_time(session: AsyncSession, page: Sequence[Row[Any]], end: Position) -> Sequence[Row[Any]]:
    last: dict[UUID, int] = {}
    for event in page:
        last[event.report_id] = max(event.seq, last.get(event.report_id, 0))
    return await queries.earlier_beyond(session, last, end)


def in_order(events: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Those of one report by their place in it, wherever they stand among the others."""
    listed = list(events)
    by_report: dict[UUID, list[Row[Any]]] = {}
    for event in sorted(listed, key=lambda one: one.seq):
        by_report.setdefault(event.report_id, []).append(event)
    ordered = {report: iter(found) for report, found in by_report.items()}
    return [next(ordered[event.report_id]) for event in listed]


async def _tell(
    session: AsyncSession, webhooks: Sequence[Webhook], events: Sequence[Row[Any]], *, production: bool, now: datetime
) -> None:
    """In the order of the webhooks: a lane is locked by its webhook first."""
    lines = await queries.lines_of(session, {agency for event in events for agency in event.agencies})
    owners = await owners_of(session, webhooks, production=production)
    for webhook in webhooks:
        owner = owners.get(webhook.id)
        if owner is not None:
            heard = _heard_by(webhook)
            concerned = [
                event.id for event in events
                if heard(event.transaction_id) and may_concern(event, webhook, owner, lines)
            ]  # fmt: skip
            await add_messages(session, webhook.id, await told(session, webhook, owner, concerned), now=now)


def _heard_by(webhook: Webhook) -> Callable[[int], bool]:
    """Whether events of a transaction come after the webhook began. One that the last release made has no snapshot."""
    if webhook.since_snapshot is None:
        return lambda transaction_id: transaction_id >= webhook.since_transaction_id
    began = feed.Moment.of(webhook.since_snapshot)
    return lambda transaction_id: not began.sees(transaction_id)


def may_concern(event: Row[Any], webhook: Webhook, owner: Client, lines: Mapping[str, Collection[str]]) -> bool:
    """Whether it is worth asking. The feed itself says what is told."""
    if webhook.about is WebhookAbout.BROUGHT:
        return bool(event.client_id == owner.sub or event.has_others)
    return any(owner.agency in lines[agency] for agency in event.agencies)


async def dispatch_replay(sessions: Sessions, *, production: bool, now: datetime, limit: int = PAGE) -> bool:
    """A page of a period that somebody wants to hear once more. Whether there may be more."""
    async with sessions.begin() as session:
        await release_when_idle(session, seconds=IDLE_SECONDS)
        found = await queries.lock_replay(session)
        if found is None:
            return False
        wanted, webhook = found
        page = await queries.page_of_replay(session, wanted, limit=limit)
        events = in_order(event for event in page if wanted.since <= event.recorded_at < wanted.until)
        owner = (await owners_of(session, [webhook], production=production)).get(webhook.id)
        messages = [] if owner is None else await told(session, webhook, owner, [event.id for event in events])
        await add_messages(session, webhook.id, messages, now=now, again=True)
        full = len(page) == limit
        end = Position(page[-1].transaction_id, page[-1].id) if page else feed.end_below(wanted.last_transaction_id + 1)
        await queries.move_replay(session, wanted.id, to=end, messages=len(messages), finished_at=None if full else now)
    return True
