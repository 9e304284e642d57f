"""What the pages count and list. Whoever asks has counted and listed what they reach, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.events import EventType
from shared.queries.reach import Reach
from shared.schema import Agency, Clock, Escalation, EventRow, OutboxRow, Region, Report

MOVES = tuple(
    sorted(type for type in EventType if type.startswith("report.") and type not in {
        EventType.REPORT_NOTED, EventType.REPORT_MASKED, EventType.REPORT_LOCATED, EventType.REPORT_JOINED,
        EventType.REPORT_PARTED, EventType.REPORT_CORRECTED,
    })
)  # fmt: skip


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
