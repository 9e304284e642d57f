"""Reading clocks. Whoever asks sees those of the reports in his scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.schema import Clock, Report
from shared.scope import Scope
from shared.wire import Code, Instant, Sequence32


@dataclass(frozen=True, slots=True)
class Filters:
    stage: str | None = None
    level: int | None = None
    agencies: Sequence[str] | None = None

    def on(self, table: Any) -> list[ColumnElement[bool]]:
        """The conditions, for clocks and escalations alike."""
        found = []
        if self.stage is not None:
            found.append(table.stage == self.stage)
        if self.level is not None:
            found.append(table.level == self.level)
        if self.agencies is not None:
            found.append(table.agency_code.in_(self.agencies))
        return found


class Place(NamedTuple):
    """Where a page of overdue clocks ended."""

    due_at: Instant
    report_id: UUID
    stage: Code
    opened_seq: Sequence32


def bound(column: InstrumentedAttribute[Any], value: object) -> ColumnElement[Any]:
    """A value that is compared with a column, in the column's own type."""
    return literal(value, column.type)


async def report_id_of(session: AsyncSession, reference: UUID | str, scope: Scope) -> UUID | None:
    """The id of the report with this id or tracking number, if it is in the scope."""
    known = Report.id == reference if isinstance(reference, UUID) else Report.tracking_number == reference
    found: UUID | None = await session.scalar(select(Report.id).where(known, scope.condition()))
    return found


async def standings(session: AsyncSession, report_id: UUID) -> dict[tuple[str, int], Row[Any]]:
    """What the sweep has made of each clock of a report."""
    statement = select(Clock.stage, Clock.opened_seq, Clock.breached_at, Clock.level).where(
        Clock.report_id == report_id
    )
    return {(row.stage, row.opened_seq): row for row in await session.execute(statement)}


def _is_overdue(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """As the partial index on running clocks by due instant has it."""
    return and_(Clock.state == "running", Clock.due_at.is_not(None), Clock.due_at <= now)


async def overdue(
    session: AsyncSession, filters: Filters, scope: Scope, *, now: datetime, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """Running clocks past their due instant, the longest overdue first, by the index on it."""
    order = (Clock.due_at, Clock.report_id, Clock.stage, Clock.opened_seq)
    statement = (
        select(
            *order, Clock.round, Clock.agency_code, Clock.due_on, Clock.breached_at, Clock.level, Clock.policy_code,
            Clock.time_zone, Report.tracking_number, Report.status,
        )
        .join(Report, Report.id == Clock.report_id)
        .where(_is_overdue(now), scope.condition(), *filters.on(Clock))
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*map(bound, order, after)))
    return (await session.execute(statement)).all()


async def overdue_by_stage(session: AsyncSession) -> Mapping[str, int]:
    statement = select(Clock.stage, func.count()).where(_is_overdue(func.now())).group_by(Clock.stage)
    return dict((await session.execute(statement)).tuples().all())


async def counts(session: AsyncSession, filters: Filters, scope: Scope, *, now: datetime) -> Sequence[Row[Any]]:
    """How many clocks of each stage were met, are late, are pending. Reads all clocks that the filters leave."""
    running_late = _is_overdue(now)
    pending = and_(Clock.outcome == "pending", Clock.state.in_(("running", "paused")))
    statement = (
        select(
            Clock.stage,
            func.count().label("total"),
            func.count().filter(Clock.outcome == "met").label("met"),
            func.count().filter(or_(Clock.outcome == "late", running_late)).label("late"),
            func.count().filter(running_late).label("late_running"),
            func.count().filter(pending, ~func.coalesce(running_late, False)).label("pending"),
            func.count().filter(Clock.outcome == "pending", Clock.state == "cancelled").label("cancelled"),
        )
        .where(*filters.on(Clock))
        .group_by(Clock.stage)
        .order_by(Clock.stage)
    )
    if scope.codes is not None:
        statement = statement.join(Report, Report.id == Clock.report_id).where(scope.condition())
    return (await session.execute(statement)).all()
