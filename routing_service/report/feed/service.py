"""The pull feed: every event that concerns the caller, in an order that never skips one that commits late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.feed import queries
from routing_service.report.feed.schemas import EventData, Feed, FeedEvent, FeedParams
from routing_service.report.reading.queries import WorkReach
from routing_service.report.reading.service import work_reach_of
from shared.clients import Client
from shared.log import events, feed, origin
from shared.log.feed import Position
from shared.queries.reach import known_subtree


async def read_feed(session: AsyncSession, params: FeedParams, client: Client, *, days: int, now: datetime) -> Feed:
    scopes = await _scopes(session, client, params.agency)
    after = feed.position_of(params.cursor)
    horizon = await feed.readers_horizon(session)
    rows = await queries.page_of_feed(
        session,
        scopes=scopes,
        types=params.types.split(",") if params.types else None,
        since=now - timedelta(days=days),
        after=after,
        horizon=horizon,
        limit=params.limit,
    )
    reached = _reached(rows, params.limit, after, horizon)
    return Feed(items=[_event(row) for row in rows], next_cursor=reached.cursor)


async def events_for(
    session: AsyncSession, event_ids: Sequence[UUID], client: Client, *, agency: str | None
) -> list[FeedEvent]:
    """Of these events those that the feed would show to the client now. Raises Forbidden, as the feed."""
    rows = await queries.events_of_feed(session, event_ids, scopes=await _scopes(session, client, agency))
    return [_event(row) for row in rows]


async def _scopes(session: AsyncSession, client: Client, agency: str | None) -> list[WorkReach]:
    """What both allow: what the client works on, and what it asked for. Raises Forbidden, Invalid."""
    scopes = [await work_reach_of(session, client)]
    if agency is not None:
        scopes.append(WorkReach(await known_subtree(session, agency)))
    return scopes


def _reached(rows: Sequence[Row[Any]], limit: int, after: Position, horizon: int) -> Position:
    """A full page ends at its last event; else everything below the horizon was looked at."""
    if len(rows) == limit:
        return Position(rows[-1].transaction_id, rows[-1].id)
    return max(after, feed.end_below(horizon))


def _event(row: Row[Any]) -> FeedEvent:
    actor, details = row.actor, row.data
    if origin.is_hidden(anonymous=row.anonymous, secret=row.secret):
        actor, details = origin.without(row.type, actor, details)
    return FeedEvent(
        id=row.id,
        source=f"urn:lapor:{events.writer_of(row.type)}",
        type=row.type,
        subject=str(row.report_id),
        time=row.occurred_at,
        data=EventData(
            report_id=row.report_id,
            tracking_number=row.tracking_number,
            seq=row.seq,
            recorded_at=row.recorded_at,
            actor=actor,
            details=details,
        ),
    )
