from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import Scope
from shared.log.feed import Position
from shared.schema import Event, Report


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
