"""SQL of what is late or at risk: counted, and listed in the order in which it is due."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from shared.domain.clocks import AT_RISK, ClockState, OnDue
from shared.domain.lifecycle import OPEN, Level
from shared.http.wire import Instant
from shared.queries.reach import Reach
from shared.schema import Clock, Report
from sla_monitor.pages.urgency import Held, StageLine, Urgency

#: So long before 60 days without an answer a report is shown to whoever can still prevent it.
NEAR = timedelta(days=10)
OVERSIGHT = "oversight_response"
#: What runs out for an officer. That a reporter says nothing any more, or a hold ends, is nobody's delay.
_OFFICERS = (OnDue.ESCALATE, OnDue.RECORD)


class Position(NamedTuple):
    """Where a page of reports ended."""

    due_at: Instant
    report_id: UUID


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which urgent reports. `agencies`: whom they lie with; `level` alone where they lie with no agency."""

    urgency: Urgency
    stage: str | None = None
    agencies: Sequence[str] | None = None
    level: Level | None = None


def _urgent(reach: Reach, now: datetime) -> Select[Any]:
    """Each open report with each of its stages that is late or at risk. `reports_open_idx` and `clocks_running_due_idx`
    have all that is asked for: of the whole country no row is read.
    """
    instant = literal(now, Clock.due_at.type)
    late = Clock.due_at <= instant
    at_risk = instant - Clock.started_at >= literal_column(str(AT_RISK)) * (Clock.due_at - Clock.started_at)
    return (
        select(
            Clock.report_id, Clock.stage, Report.holder_level, Report.holder_agency_code,
            func.bool_or(late).label("late"), func.min(Clock.due_at).label("due_at"),
        )
        .join(Report, Report.id == Clock.report_id)
        .where(
            Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None), Clock.on_due.in_(_OFFICERS),
            or_(late, at_risk), Report.status.in_(sorted(OPEN)), reach.condition(),
        )
        .group_by(Clock.report_id, Clock.stage, Report.holder_level, Report.holder_agency_code)
    )  # fmt: skip


async def counted(session: AsyncSession, reach: Reach, *, now: datetime) -> tuple[list[StageLine], list[Held]]:
    """By stage and by holder, from one look at what is late or at risk: in the whole country it costs seconds."""
    urgent = _urgent(reach, now).cte("urgent")
    each = (
        select(urgent.c.holder_level, urgent.c.holder_agency_code, func.bool_or(urgent.c.late).label("late"))
        .group_by(urgent.c.report_id, urgent.c.holder_level, urgent.c.holder_agency_code)
        .subquery()
    )
    nothing = literal(None, Clock.stage.type)
    stages = select(urgent.c.stage, nothing.label("level"), nothing.label("agency"), *_numbers(urgent.c.late))
    held = select(nothing, each.c.holder_level, each.c.holder_agency_code, *_numbers(each.c.late))
    statement = union_all(
        stages.group_by(urgent.c.stage), held.group_by(each.c.holder_level, each.c.holder_agency_code)
    )
    rows = (await session.execute(statement)).all()
    return (
        sorted((StageLine(row[0], row[3], row[4]) for row in rows if row[0] is not None), key=lambda one: one.stage),
        [Held(Level(row[1]), *row[2:]) for row in rows if row[1] is not None],
    )


def _numbers(late: Any) -> tuple[Any, Any]:
    return func.count().filter(late).label("late"), func.count().filter(~late).label("at_risk")


def _runs_out(clock: Any, now: datetime) -> ColumnElement[bool]:
    return and_(
        clock.state == ClockState.RUNNING, clock.due_at.is_not(None), clock.stage == OVERSIGHT,
        clock.due_at < now + NEAR,
    )  # fmt: skip


def _near(reach: Reach, now: datetime) -> ColumnElement[bool]:
    return and_(_runs_out(Clock, now), Report.status.in_(sorted(OPEN)), reach.condition())


async def count_near(session: AsyncSession, reach: Reach, *, now: datetime) -> int:
    statement = select(func.count(Clock.report_id.distinct())).join(Report, Report.id == Clock.report_id)
    return (await session.scalars(statement.where(_near(reach, now)))).one()


def _reports(chosen: Chosen, reach: Reach, now: datetime) -> Select[Any]:
    """The reports that are chosen, each with the instant that makes it urgent."""
    if chosen.urgency is Urgency.NEAR_60:
        found = select(Clock.report_id, func.min(Clock.due_at).label("due_at")).join(
            Report, Report.id == Clock.report_id
        )
        return found.where(_near(reach, now), *_with(chosen, Report)).group_by(Clock.report_id)
    urgent = _urgent(reach, now).subquery()
    of_stage = urgent.c.stage == chosen.stage if chosen.stage is not None else literal(True)
    late = func.bool_or(urgent.c.late)
    return (
        select(urgent.c.report_id, func.min(urgent.c.due_at).label("due_at"))
        .where(of_stage, *_with(chosen, urgent.c))
        .group_by(urgent.c.report_id)
        .having(late if chosen.urgency is Urgency.LATE else ~late)
    )


def _with(chosen: Chosen, table: Any) -> Iterable[ColumnElement[bool]]:
    if chosen.level is not None:
        yield table.holder_level == chosen.level
    if chosen.agencies is not None:
        yield table.holder_agency_code.in_(chosen.agencies)


def _streamed(chosen: Chosen, now: datetime) -> Select[Any]:
    """The same of the whole country, in the order of the indexes by `due_at`: what comes first is read, and no more."""
    instant = literal(now, Clock.due_at.type)
    other = aliased(Clock)

    def is_urgent(clock: Any) -> ColumnElement[bool]:
        if chosen.urgency is Urgency.NEAR_60:
            return _runs_out(clock, now)
        at_risk = instant - clock.started_at >= literal_column(str(AT_RISK)) * (clock.due_at - clock.started_at)
        return and_(
            clock.state == ClockState.RUNNING, clock.due_at.is_not(None), clock.on_due.in_(_OFFICERS),
            or_(clock.due_at <= instant, at_risk), *([clock.stage == chosen.stage] if chosen.stage else []),
        )  # fmt: skip

    before = tuple_(other.due_at, other.stage, other.opened_seq) < tuple_(Clock.due_at, Clock.stage, Clock.opened_seq)
    earlier = exists().where(other.report_id == Clock.report_id, is_urgent(other), before)
    late = Clock.due_at <= instant  # the earliest of a report is late, or none of it is
    which = {Urgency.LATE: [late], Urgency.AT_RISK: [~late], Urgency.NEAR_60: []}[chosen.urgency]
    return (
        select(Clock.report_id, Clock.due_at.label("due_at"))
        .join(Report, Report.id == Clock.report_id)
        .where(is_urgent(Clock), ~earlier, *which, Report.status.in_(sorted(OPEN)))
    )


def is_whole(chosen: Chosen, reach: Reach) -> bool:
    return reach.codes is None and chosen.agencies is None and chosen.level is None


async def reports(
    session: AsyncSession, chosen: Chosen, reach: Reach, *, now: datetime, after: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """The longest overdue, or the soonest due, first."""
    found = _reports(chosen, reach, now).subquery()
    if is_whole(chosen, reach):
        first = _streamed(chosen, now)
        if after is not None:
            first = first.where(tuple_(Clock.due_at, Clock.report_id) > _behind(after))
        found = first.order_by(Clock.due_at, Clock.report_id).limit(limit).subquery()
    statement = (
        select(
            found.c.due_at, found.c.report_id, Report.tracking_number, Report.title, Report.verified_title,
            Report.secret, Report.status, Report.holder_level, Report.holder_agency_code, Report.received_at,
        )
        .join(Report, Report.id == found.c.report_id)
        .order_by(found.c.due_at, found.c.report_id)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        statement = statement.where(tuple_(found.c.due_at, found.c.report_id) > _behind(after))
    return (await session.execute(statement)).all()


def _behind(after: Position) -> Any:
    return tuple_(literal(after.due_at, Clock.due_at.type), literal(after.report_id, Report.id.type))


async def count_cases(session: AsyncSession, chosen: Chosen, reach: Reach, *, now: datetime) -> int:
    found = _reports(chosen, reach, now).subquery()
    return (await session.scalars(select(func.count()).select_from(found))).one()


async def running(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The deadlines of officers that run for each of these reports, the first due first."""
    statement = (
        select(Clock.report_id, Clock.stage, Clock.started_at, Clock.due_at, Clock.due_on, Clock.time_zone)
        .where(
            Clock.report_id.in_(report_ids), Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None),
            Clock.on_due.in_(_OFFICERS),
        )
        .order_by(Clock.due_at, Clock.stage)
    )  # fmt: skip
    found: dict[UUID, list[Row[Any]]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.report_id, []).append(row)
    return found
