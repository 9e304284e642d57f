"""What the pages count and list. Whoever asks has counted and listed what they reach, and nothing else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import AT_RISK, ClockState, OnDue
from shared.domain.lifecycle import Level
from shared.http.wire import Instant
from shared.log.events import EventType
from shared.queries.reach import Reach
from shared.schema import Agency, Clock, Escalation, EventRow, OutboxRow, Region, Report
from sla_monitor.pages.urgency import Held, StageLine, Urgency

#: So long before 60 days without an answer a report is shown to whoever can still prevent it.
NEAR = timedelta(days=10)
OVERSIGHT = "oversight_response"
#: What runs out for an officer. That a reporter says nothing any more, or a hold ends, is nobody's delay.
_OFFICERS = (OnDue.ESCALATE, OnDue.RECORD)
MOVES = tuple(
    sorted(type for type in EventType if type.startswith("report.") and type not in {
        EventType.REPORT_NOTED, EventType.REPORT_MASKED, EventType.REPORT_LOCATED, EventType.REPORT_JOINED,
        EventType.REPORT_PARTED, EventType.REPORT_CORRECTED,
    })
)  # fmt: skip


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
    """Each report with each of its stages that is late or at risk, by the partial index on running clocks."""
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
            or_(late, at_risk), reach.condition(),
        )
        .group_by(Clock.report_id, Clock.stage, Report.holder_level, Report.holder_agency_code)
    )  # fmt: skip


async def by_stage(session: AsyncSession, reach: Reach, *, now: datetime) -> list[StageLine]:
    urgent = _urgent(reach, now).subquery()
    statement = (
        select(
            urgent.c.stage,
            func.count().filter(urgent.c.late).label("late"),
            func.count().filter(~urgent.c.late).label("at_risk"),
        )
        .group_by(urgent.c.stage)
        .order_by(urgent.c.stage)
    )
    return [StageLine(*row) for row in await session.execute(statement)]


async def by_holder(session: AsyncSession, reach: Reach, *, now: datetime) -> list[Held]:
    urgent = _urgent(reach, now).subquery()
    each = (
        select(urgent.c.holder_level, urgent.c.holder_agency_code, func.bool_or(urgent.c.late).label("late"))
        .group_by(urgent.c.report_id, urgent.c.holder_level, urgent.c.holder_agency_code)
        .subquery()
    )
    keys = (each.c.holder_level, each.c.holder_agency_code)
    statement = select(
        *keys, func.count().filter(each.c.late).label("late"), func.count().filter(~each.c.late).label("at_risk")
    ).group_by(*keys)
    return [Held(Level(row[0]), *row[1:]) for row in await session.execute(statement) if row[0] is not None]


def _near(reach: Reach, now: datetime) -> ColumnElement[bool]:
    return and_(
        Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None), Clock.stage == OVERSIGHT,
        Clock.due_at < now + NEAR, reach.condition(),
    )  # fmt: skip


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


async def reports(
    session: AsyncSession, chosen: Chosen, reach: Reach, *, now: datetime, after: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """The longest overdue, or the soonest due, first."""
    found = _reports(chosen, reach, now).subquery()
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
        behind = tuple_(literal(after.due_at, Clock.due_at.type), literal(after.report_id, Report.id.type))
        statement = statement.where(tuple_(found.c.due_at, found.c.report_id) > behind)
    return (await session.execute(statement)).all()


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


async def count_told(session: AsyncSession, reach: Reach, *, since: datetime) -> int:
    """Steps of ladders since then, by the index on the instant of recording."""
    statement = (
        select(func.count())
        .select_from(Escalation)
        .join(Report, Report.id == Escalation.report_id)
        .where(Escalation.recorded_at >= since, reach.condition())
    )
    return (await session.scalars(statement)).one()


def _moved(reach: Reach, since: datetime) -> ColumnElement[bool]:
    return and_(EventRow.recorded_at >= since, EventRow.type.in_(MOVES), reach.condition())


async def moved(session: AsyncSession, reach: Reach, *, since: datetime) -> dict[EventType, int]:
    """How often what happened to reports since then, by the index on the instant of recording; the most often first."""
    statement = (
        select(EventRow.type, func.count())
        .join(Report, Report.id == EventRow.report_id)
        .where(_moved(reach, since))
        .group_by(EventRow.type)
        .order_by(func.count().desc(), EventRow.type)
    )
    return {EventType(type): count for type, count in (await session.execute(statement)).tuples()}


async def moves(
    session: AsyncSession, type: EventType, reach: Reach, *, since: datetime, limit: int
) -> Sequence[Row[Any]]:
    """The newest first."""
    statement = (
        select(
            EventRow.recorded_at, Report.tracking_number, Report.title, Report.verified_title, Report.secret,
            Report.status, Report.holder_level, Report.holder_agency_code,
        )
        .join(Report, Report.id == EventRow.report_id)
        .where(_moved(reach, since), EventRow.type == type)
        .order_by(EventRow.recorded_at.desc(), EventRow.id)
        .limit(limit)
    )  # fmt: skip
    return (await session.execute(statement)).all()


async def parents(session: AsyncSession) -> dict[str, str | None]:
    """Of every agency, the one above it."""
    rows = await session.execute(select(Agency.code, Agency.parent_code))
    return dict(rows.tuples().all())


async def agency_names(session: AsyncSession, codes: Iterable[str | None]) -> dict[str, str]:
    known = sorted({code for code in codes if code is not None})
    rows = await session.execute(select(Agency.code, Agency.name).where(Agency.code.in_(known)))
    return dict(rows.tuples().all())


async def zone_of(session: AsyncSession, agency: str | None) -> str | None:
    return await session.scalar(select(Agency.time_zone).where(Agency.code == agency)) if agency else None


async def regions_in(session: AsyncSession, parent: str) -> dict[str, str]:
    """The regions of the next level with their names; empty text: the provinces."""
    within = Region.parent_code == parent if parent else Region.parent_code.is_(None)
    return dict((await session.execute(select(Region.code, Region.name).where(within))).tuples().all())


# --- how the monitor itself is doing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sweep:
    """Steps of ladders that are due and not carried out yet, and since when the oldest is."""

    due: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits to be delivered to a service."""

    follower: str
    waiting: int
    parked: int
    seconds: float  #: since the oldest that waits was written down


def _age(instant: Any, now: datetime) -> ColumnElement[float]:
    return func.coalesce(func.extract("epoch", literal(now, Clock.due_at.type) - func.min(instant)), 0.0)


async def sweep(session: AsyncSession, *, now: datetime) -> Sweep:
    """By the partial index on the next step."""
    statement = select(func.count(), _age(Clock.next_step_at, now)).where(Clock.next_step_at <= now)
    due, seconds = (await session.execute(statement)).one()
    return Sweep(due, max(0.0, float(seconds)))


async def outbox(session: AsyncSession, *, now: datetime) -> list[Outbox]:
    """Only what waits is there."""
    table, waits = OutboxRow, OutboxRow.parked_at.is_(None)
    oldest = func.extract(
        "epoch", literal(now, Clock.due_at.type) - func.min(EventRow.recorded_at).filter(waits)
    )  # fmt: skip
    statement = (
        select(table.follower, func.count().filter(waits), func.count().filter(~waits), func.coalesce(oldest, 0.0))
        .join(EventRow, EventRow.id == table.event_id, isouter=True)
        .group_by(table.follower)
        .order_by(table.follower)
    )
    rows = (await session.execute(statement)).all()
    return [Outbox(follower, waiting, parked, max(0.0, float(age))) for follower, waiting, parked, age in rows]
