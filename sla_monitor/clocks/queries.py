"""Reading clocks. A caller sees those of the reports in their scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Subquery, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from shared.domain.clocks import ClockOutcome, ClockState
from shared.http.wire import Code, Instant, Sequence32
from shared.queries.reach import Reach
from shared.schema import Acknowledgement, Chain, Clock, Escalation, EventRow, Report


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


class Position(NamedTuple):
    """Where a page of overdue clocks ended."""

    due_at: Instant
    report_id: UUID
    stage: Code
    opened_seq: Sequence32


@dataclass(frozen=True, slots=True)
class Then:
    """An instant of the past, and the rules of then where they are not those of now."""

    at: datetime
    calendar_id: int
    later_policies: frozenset[str]
    later_limits: frozenset[str]


def bound(column: InstrumentedAttribute[Any], value: object) -> ColumnElement[Any]:
    """A value that is compared with a column, in the column's own type."""
    return literal(value, column.type)


async def report_id_of(session: AsyncSession, reference: UUID | str, scope: Reach) -> UUID | None:
    """The id of the report with this id or tracking number, if it is in the scope."""
    known = Report.id == reference if isinstance(reference, UUID) else Report.tracking_number == reference
    found: UUID | None = await session.scalar(select(Report.id).where(known, scope.condition()))
    return found


async def acknowledgements(
    session: AsyncSession, report_id: UUID, *, until: datetime
) -> Mapping[tuple[str, int, int], Row[Any]]:
    """What officers said of the steps of a report's clocks, by stage, opening event and step."""
    statement = (
        select(
            Escalation.stage, Escalation.opened_seq, Escalation.step_code, Acknowledgement.acknowledged_at,
            Acknowledgement.actor, Acknowledgement.note,
        )
        .join(Acknowledgement, Acknowledgement.escalation_id == Escalation.id)
        .where(
            Escalation.report_id == report_id, Escalation.revoked_at.is_(None), Acknowledgement.acknowledged_at <= until
        )
    )  # fmt: skip
    return {(row.stage, row.opened_seq, row.step_code): row for row in await session.execute(statement)}


def _is_overdue(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """As the partial index on running clocks by due instant has it."""
    return and_(Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None), Clock.due_at <= now)


async def overdue(
    session: AsyncSession, filters: Filters, scope: Reach, *, now: datetime, after: Position | None, limit: int,
    unmoved: Then | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Running clocks past their due instant, the longest overdue first, by the index on it.

    `unmoved`: only of reports that are now what they were then.
    """
    order = (Clock.due_at, Clock.report_id, Clock.stage, Clock.opened_seq)
    statement = (
        select(
            *order, Clock.round, Clock.agency_code, Clock.due_on, Clock.breached_at, Clock.level, Clock.policy_code,
            Clock.time_zone, Report.tracking_number, Report.status,
        )
        .join(Report, Report.id == Clock.report_id)
        .where(_is_overdue(now), scope.condition())
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip
    if unmoved is None:
        statement = statement.where(*filters.on(Clock))
    else:
        statement = statement.where(*replace(filters, level=None).on(Clock), _unmoved(unmoved))
        if filters.level is not None:
            then = _levels_then(unmoved.at)
            same = (getattr(then.c, name) == getattr(Clock, name) for name in ("report_id", "stage", "opened_seq"))
            statement = statement.outerjoin(then, and_(*same)).where(func.coalesce(then.c.level, 0) == filters.level)
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*map(bound, order, after)))
    return (await session.execute(statement)).all()


def _unmoved(then: Then) -> ColumnElement[bool]:
    """Of a clock: nothing that was recorded later, and no other rule, has made it what it is."""
    last = select(Chain.report_id).join(
        EventRow,
        and_(EventRow.report_id == Chain.report_id, EventRow.seq == Chain.fact_seq, EventRow.recorded_at <= then.at),
    )
    other = aliased(Clock)
    under_other_rules = select(other.report_id).where(other.report_id == Clock.report_id, _stale(other, then))
    return and_(Clock.report_id.in_(last), ~exists(under_other_rules))


def _stale(clock: Any, then: Then) -> ColumnElement[bool]:
    return or_(
        clock.calendar_id != then.calendar_id,
        clock.policy_code.in_(then.later_policies),
        clock.agency_code.in_(then.later_limits),
    )


def _levels_then(at: datetime) -> Subquery:
    """What each clock had reached by then; read once, since no index serves one clock."""
    table = Escalation
    key = (table.report_id, table.stage, table.opened_seq)
    stood = and_(table.recorded_at <= at, or_(table.revoked_at.is_(None), table.revoked_at > at))
    return select(*key, func.max(table.level).label("level")).where(stood).group_by(*key).subquery()


async def moved(
    session: AsyncSession, then: Then, scope: Reach, *, after: UUID | None, limit: int
) -> Sequence[tuple[UUID, str]]:
    """The next reports, with their numbers, that were there then and are not what they were, in the order of ids.

    One pass over the chains, each with two look-ups by key.
    """
    first, last = aliased(EventRow), aliased(EventRow)
    under_other_rules = exists(select(Clock.report_id).where(Clock.report_id == Chain.report_id, _stale(Clock, then)))
    statement = (
        select(Chain.report_id, Report.tracking_number)
        .join(first, and_(first.report_id == Chain.report_id, first.seq == 1))
        .join(last, and_(last.report_id == Chain.report_id, last.seq == Chain.fact_seq))
        .join(Report, Report.id == Chain.report_id)
        .where(first.recorded_at <= then.at, or_(last.recorded_at > then.at, under_other_rules), scope.condition())
        .order_by(Chain.report_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Chain.report_id > after)
    return (await session.execute(statement)).tuples().all()


async def overdue_by_stage(session: AsyncSession) -> Mapping[str, int]:
    statement = select(Clock.stage, func.count()).where(_is_overdue(func.now())).group_by(Clock.stage)
    return dict((await session.execute(statement)).tuples().all())


async def counts(
    session: AsyncSession, filters: Filters, scope: Reach, *, now: datetime, unmoved: Then | None = None
) -> Sequence[Row[Any]]:
    """How many clocks of each stage were met, are late, are pending. Reads all clocks that the filters leave.

    `unmoved`: only of reports that are now what they were then.
    """
    running_late = _is_overdue(now)
    pending = and_(Clock.outcome == ClockOutcome.PENDING, Clock.state.in_((ClockState.RUNNING, ClockState.PAUSED)))
    statement = (
        select(
            Clock.stage,
            func.count().label("total"),
            func.count().filter(Clock.outcome == ClockOutcome.MET).label("met"),
            func.count().filter(or_(Clock.outcome == ClockOutcome.LATE, running_late)).label("late"),
            func.count().filter(running_late).label("late_running"),
            func.count().filter(pending, ~func.coalesce(running_late, False)).label("pending"),
            func.count()
            .filter(Clock.outcome == ClockOutcome.PENDING, Clock.state == ClockState.CANCELLED)
            .label("cancelled"),
            func.count()
            .filter(or_(Clock.outcome == ClockOutcome.LATE, running_late), Clock.due_at <= Clock.opened_recorded_at)
            .label("entered_late"),
        )
        .where(*filters.on(Clock))
        .group_by(Clock.stage)
        .order_by(Clock.stage)
    )
    if unmoved is not None:
        statement = statement.where(_unmoved(unmoved))
    if scope.codes is not None:
        statement = statement.join(Report, Report.id == Clock.report_id).where(scope.condition())
    return (await session.execute(statement)).all()
