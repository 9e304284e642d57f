"""SQL of simulations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.reach import PUBLISHED
from shared.schema import CalendarVersion, Policy, Region, Report, Simulation


async def add_simulation(session: AsyncSession, **columns: Any) -> Simulation:
    statement = insert(Simulation).values(result={}, **columns).returning(Simulation)
    return (await session.scalars(statement)).one()


async def get_simulation(session: AsyncSession, id: UUID) -> Simulation | None:
    return await session.get(Simulation, id)


async def page_of_simulations(
    session: AsyncSession, *, published_only: bool, before: UUID | None, limit: int
) -> Sequence[Simulation]:
    """The newest first: ids are made in the order of time. `published_only`: those that looked at no other report."""
    statement = select(Simulation).order_by(Simulation.id.desc()).limit(limit)
    if published_only:
        statement = statement.where(Simulation.parameters["published_only"].as_boolean())
    if before is not None:
        statement = statement.where(Simulation.id < before)
    return (await session.scalars(statement)).all()


async def count_unfinished(session: AsyncSession) -> int:
    """By the partial index on them."""
    statement = select(func.count()).select_from(Simulation).where(Simulation.finished_at.is_(None))
    return (await session.execute(statement)).scalar_one()


async def claim_simulation(session: AsyncSession) -> Simulation | None:
    """The oldest unfinished one that nobody else works on, for the rest of this transaction."""
    statement = (
        select(Simulation)
        .where(Simulation.finished_at.is_(None))
        .order_by(Simulation.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.scalars(statement)).first()


async def advance(session: AsyncSession, simulation: Simulation, **changes: Any) -> None:
    statement = update(Simulation).where(Simulation.id == simulation.id).values(**changes)
    await session.execute(statement, execution_options={"synchronize_session": False})
    await session.refresh(simulation)


def _received(first: datetime, end: datetime, *, published_only: bool) -> ColumnElement[bool]:
    received = and_(Report.received_at >= first, Report.received_at < end)
    return and_(received, PUBLISHED) if published_only else received


async def count_reports(session: AsyncSession, first: datetime, end: datetime, *, published_only: bool) -> int:
    statement = select(func.count()).select_from(Report).where(_received(first, end, published_only=published_only))
    return (await session.execute(statement)).scalar_one()


async def reports(
    session: AsyncSession,
    first: datetime,
    end: datetime,
    *,
    after: UUID | None,
    limit: int,
    published_only: bool = False,
) -> Mapping[UUID, str]:
    """The next reports of a period with their numbers, in the order of their ids: one pass over the primary key."""
    chosen = _received(first, end, published_only=published_only)
    statement = select(Report.id, Report.tracking_number).where(chosen).order_by(Report.id).limit(limit)
    if after is not None:
        statement = statement.where(Report.id > after)
    return dict((await session.execute(statement)).tuples().all())


async def policy_document(session: AsyncSession, code: str) -> Mapping[str, Any] | None:
    document: Mapping[str, Any] | None = await session.scalar(select(Policy.document).where(Policy.code == code))
    return document


async def calendar_version(session: AsyncSession, id: int) -> CalendarVersion | None:
    return await session.get(CalendarVersion, id)


async def places(session: AsyncSession) -> frozenset[str]:
    return frozenset((await session.scalars(select(Region.code).where(func.length(Region.code) <= 5))).all())
