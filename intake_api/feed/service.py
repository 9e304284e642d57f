"""What happened to an app's reports, in an order that never skips an event that commits late."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.feed import queries
from intake_api.feed.schemas import OwnFeed, OwnFeedParams
from shared.clients import Client
from shared.log import feed, own_feed
from shared.log.feed import Position

#: So many events of everybody a request goes past at most, so that an app with few reports is answered as quickly.
MOST_PASSED = 20_000


async def read_own_feed(
    session: AsyncSession, params: OwnFeedParams, client: Client, *, days: int, now: datetime,
    most_passed: int = MOST_PASSED,
) -> OwnFeed:  # fmt: skip
    after = feed.position_of(params.cursor)
    horizon = await feed.readers_horizon(session)
    far = await queries.far(session, after, horizon=horizon, most=most_passed)
    reached = far or max(after, feed.end_below(horizon))
    rows = await own_feed.page_of_own_feed(
        session, sub=client.sub, actor=client.actor, after=after, to=reached,
        since=now - timedelta(days=days), limit=params.limit,
    )  # fmt: skip
    full = len(rows) >= params.limit
    if full:
        reached = Position(rows[-1].transaction_id, rows[-1].id)
    items = [own_feed.own_event(row) for row in rows]
    return OwnFeed(items=items, next_cursor=reached.cursor, more=full or far is not None)
