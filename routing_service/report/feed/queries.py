from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, text, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import Scope
from shared.schema import Event, Report

_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


class Position(NamedTuple):
    """Where a reader stands: after the event of this transaction and id."""

    transaction_id: int
    event_id: UUID


async def horizon(session: AsyncSession) -> int:
    """Every transaction below this one has ended: no event below it can still appear.

    Transactions get their numbers in one order and commit in another. A reader that went by ids, or by instants,
    would pass an event whose transaction is still open and never come back to it.
    """
    return int(await session.scalar(_HORIZON) or 0)


async def page(
    session: AsyncSession,
    *,
    scopes: Sequence[Scope],
    types: Sequence[str] | None,
    since: datetime,
    after: Position,
    horizon: int,
    limit: int,
) -> Sequence[Row[Any]]:
    """Events below the horizon, by the index on (transaction_id, id)."""
    columns = (
        Event.transaction_id, Event.id, Event.report_id, Event.seq, Event.type, Event.occurred_at, Event.recorded_at,
        Event.actor, Event.data, Report.tracking_number, Report.anonymous, Report.secret,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(Report, Report.id == Event.report_id)
        .where(
            tuple_(Event.transaction_id, Event.id) > after,
            Event.transaction_id < horizon,
            Event.recorded_at >= since,
            *(_concerns(scope) for scope in scopes),
        )
        .order_by(Event.transaction_id, Event.id)
        .limit(limit)
    )
    if types is not None:
        statement = statement.where(Event.type.in_(types))
    return (await session.execute(statement)).all()


def _concerns(scope: Scope) -> ColumnElement[bool]:
    """The report is in scope now, or the event itself names one of the agencies: that it was taken from it, say."""
    if scope.codes is None:
        return true()
    named = (Event.data["agency"].as_string(), Event.data["previous_agency"].as_string())
    return or_(scope.condition(), *(one.in_(scope.codes) for one in named))
