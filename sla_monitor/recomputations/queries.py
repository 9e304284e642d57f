"""SQL of recomputations."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from shared.domain.clocks import OPEN
from shared.queries.reach import PUBLISHED
from shared.schema import Clock, Recomputation, Report
from sla_monitor.recomputations.selection import Selection

_LONGEST_OFFSET = timedelta(hours=14)  # of any time zone from UTC


def _open_reports(selection: Selection) -> Select[tuple[UUID]]:
    statement = select(Clock.report_id).where(Clock.state.in_(sorted(OPEN))).distinct()
    if selection.clock_agency is not None:
        statement = statement.where(Clock.agency_code == selection.clock_agency)
    if selection.clock_stage is not None:
        statement = statement.where(Clock.stage == selection.clock_stage)
    if selection.policy is not None:
        statement = statement.where(Clock.policy_code == selection.policy)
    if selection.reports is not None:
        statement = statement.where(Clock.report_id.in_(selection.reports))
    if selection.days is not None:
        statement = statement.where(_touches(selection.days))
    if conditions := _of_the_report(selection):
        statement = statement.join(Report, Report.id == Clock.report_id).where(*conditions)
    return statement


def _touches(days: tuple[Any, Any]) -> ColumnElement[bool]:
    """Whether any clock of the report runs over one of the days; an unknown due instant may lie anywhere."""
    other = aliased(Clock)
    first, last = (datetime.combine(day, time(), UTC) for day in days)
    return (
        select(other.report_id)
        .where(
            other.report_id == Clock.report_id,
            other.started_at < last + timedelta(days=1) + _LONGEST_OFFSET,
            or_(other.due_at.is_(None), other.due_at >= first - _LONGEST_OFFSET),
        )
        .exists()
    )


def _of_the_report(selection: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if selection.received_from is not None:
        found.append(Report.received_at >= selection.received_from)
    if selection.received_before is not None:
        found.append(Report.received_at < selection.received_before)
    if selection.classification is not None:
        found.append(Report.classification == selection.classification)
    if selection.agencies is not None:
        found.append(Report.holder_agency_code.in_(selection.agencies))
    return found


async def open_reports(
    session: AsyncSession, selection: Selection, *, after: UUID | None, limit: int, published_only: bool = False
) -> Sequence[UUID]:
    """The next reports with an open clock in the order of their ids, by the primary key of the clocks."""
    statement = _open_reports(selection).order_by(Clock.report_id).limit(limit)
    if published_only:
        statement = statement.where(Clock.report_id.in_(select(Report.id).where(PUBLISHED)))
    if after is not None:
        statement = statement.where(Clock.report_id > after)
    return (await session.scalars(statement)).all()


async def count_open_reports(session: AsyncSession, selection: Selection) -> int:
    statement = select(func.count()).select_from(_open_reports(selection).subquery())
    return (await session.execute(statement)).scalar_one()


async def add_recomputation(
    session: AsyncSession, *, kind: str, reference: str, selection: Selection, requested_by: str
) -> Recomputation:
    values: Mapping[str, Any] = {
        "kind": kind,
        "reference": reference,
        "selection": selection.model_dump(mode="json", exclude_none=True),
        "requested_by": requested_by,
    }
    return (await session.scalars(insert(Recomputation).values(**values).returning(Recomputation))).one()


async def claim_recomputation(session: AsyncSession) -> Recomputation | None:
    """The oldest that is not done and that no other monitor works on, locked until the batch is committed.

    Whoever is killed in a batch leaves the row as it was before the batch, and free.
    """
    statement = (
        select(Recomputation)
        .where(Recomputation.finished_at.is_(None))
        .order_by(Recomputation.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.scalars(statement)).first()


async def advance(session: AsyncSession, recomputation: Recomputation, **values: Any) -> None:
    await session.execute(update(Recomputation).where(Recomputation.id == recomputation.id).values(**values))
    await session.refresh(recomputation)


async def get_recomputation(session: AsyncSession, id: int) -> Recomputation | None:
    return await session.get(Recomputation, id)


async def page_of_recomputations(session: AsyncSession, *, before: int | None, limit: int) -> Sequence[Recomputation]:
    """The newest first."""
    statement = select(Recomputation).order_by(Recomputation.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Recomputation.id < before)
    return (await session.scalars(statement)).all()


async def count_unfinished(session: AsyncSession) -> int:
    statement = select(func.count()).select_from(Recomputation).where(Recomputation.finished_at.is_(None))
    return (await session.execute(statement)).scalar_one()


async def tracking_numbers(session: AsyncSession, report_ids: Sequence[UUID]) -> dict[UUID, str]:
    statement = select(Report.id, Report.tracking_number).where(Report.id.in_(report_ids))
    return dict((await session.execute(statement)).tuples().all())
