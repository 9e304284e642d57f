"""What happened to an app's reports, in an order that never skips an event that commits late."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.feed import queries
from intake_api.feed.schemas import OwnFeed, OwnFeedEvent, OwnFeedParams
from intake_api.merged.view import FOLLOWED
from intake_api.reporters.schemas import Matter
from intake_api.timeline.parts import HIDDEN
from shared.clients import Client
from shared.clock import to_the_minute
from shared.log import feed
from shared.log.feed import Position

#: So many events of everybody a request goes past at most, so that an app with few reports is answered as quickly.
MOST_PASSED = 20_000


async def read_own_feed(
    session: AsyncSession, params: OwnFeedParams, client: Client, *, days: int, now: datetime,
    most_passed: int = MOST_PASSED,
) -> OwnFeed:  # fmt: skip
    after = feed.position_of(params.cursor)
    horizon = await feed.horizon(session)
    far = await queries.far(session, after, horizon=horizon, most=most_passed)
    reached = far or max(after, feed.end_below(horizon))
    rows = await queries.page_of_own_feed(
        session, sub=client.sub, actor=client.actor, after=after, to=reached,
        hidden=[type.value for type in HIDDEN], steps=[type.value for type in FOLLOWED],
        since=now - timedelta(days=days), limit=params.limit,
    )  # fmt: skip
    full = len(rows) >= params.limit
    if full:
        reached = Position(rows[-1].transaction_id, rows[-1].id)
    items = [_item(row) for row in rows]
    return OwnFeed(items=items, next_cursor=reached.cursor, more=full or far is not None)


def _item(row: Row[Any]) -> OwnFeedEvent:
    """Of a report of another the instants are told to the minute, as everybody is told them."""
    at = to_the_minute if row.merged else _exactly
    return OwnFeedEvent(
        id=row.id, type=row.type, tracking_number=row.tracking_number, external_reference=row.external_reference,
        of=Matter.MERGED if row.merged else Matter.REPORT, status=row.status, version=row.seq,
        occurred_at=at(row.occurred_at), changed_at=at(row.recorded_at),
    )  # fmt: skip


def _exactly(instant: datetime) -> datetime:
    return instant
