from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import WorkReach
from shared.log.feed import Position
from shared.schema import EventRow, Report

_COLUMNS = (
    EventRow.transaction_id, EventRow.id, EventRow.report_id, EventRow.seq, EventRow.type, EventRow.occurred_at,
    EventRow.recorded_at, EventRow.actor, EventRow.data, Report.tracking_number, Report.anonymous, Report.secret,
)  # fmt: skip


async def page_of_feed(
    session: AsyncSession,
    *,
    scopes: Sequence[WorkReach],
    types: Sequence[str] | None,
    since: datetime,
    after: Position,
    horizon: int,
    limit: int,
) -> Sequence[Row[Any]]:
    """Events below the horizon, by the index on (transaction_id, id)."""
    statement = (
        select(*_COLUMNS)
        .join(Report, Report.id == EventRow.report_id)
        .where(
            tuple_(EventRow.transaction_id, EventRow.id) > after,
            EventRow.transaction_id < horizon,
            EventRow.recorded_at >= since,
            *(_concerns(scope) for scope in scopes),
        )
        .order_by(EventRow.transaction_id, EventRow.id)
        .limit(limit)
    )
    if types is not None:
        statement = statement.where(EventRow.type.in_(types))
    return (await session.execute(statement)).all()


async def events_of_feed(
    session: AsyncSession, event_ids: Sequence[UUID], *, scopes: Sequence[WorkReach]
) -> Sequence[Row[Any]]:
    """Those of these events that are in scope now; in no order."""
    statement = select(*_COLUMNS).join(Report, Report.id == EventRow.report_id)
    concerned = (EventRow.id.in_(event_ids), *(_concerns(scope) for scope in scopes))
    return (await session.execute(statement.where(*concerned))).all()


def _concerns(scope: WorkReach) -> ColumnElement[bool]:
    """The report is in scope now, or the event itself names one of the agencies: that it was taken from it, say."""
    if scope.codes is None:
        return true()
    named = (EventRow.data["agency"].as_string(), EventRow.data["previous_agency"].as_string())
    return or_(scope.condition(), *(scope.open(one.in_(scope.codes)) for one in named))
