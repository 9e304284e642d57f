"""SQL of the work list: which reports, in which order, from where on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from routing_service.report.reading.queries import (
    ITEM_COLUMNS,
    WorkReach,
    first_clock,
    highest_level,
    is_counted,
    own_clock,
)
from routing_service.report.search import queries as search
from shared.domain.clocks import ClockState
from shared.domain.lifecycle import Classification, Level, Status
from shared.log.feed import Position
from shared.schema import Chain, Clock, EventRow, Report


@dataclass(frozen=True, slots=True)
class Filters:
    statuses: Sequence[Status]
    agencies: Sequence[str] | None
    holder: str | None
    tracking_number: str | None
    q: str | None
    classification: Classification | None
    region: str | None
    due_before: datetime | None
    overdue: bool | None
    updated_since: datetime | None
    now: datetime


def _conditions(filters: Filters, scope: WorkReach) -> list[ColumnElement[bool]]:
    found = [scope.condition()]
    if filters.statuses:
        found.append(Report.status.in_(filters.statuses))
    if filters.agencies is not None:
        found.append(Report.agency_code.in_(filters.agencies))
    if filters.holder is not None:
        by_level = filters.holder in set(Level)
        found.append(Report.holder_level == filters.holder if by_level else Report.holder_agency_code == filters.holder)
    if filters.tracking_number is not None:
        found.append(Report.tracking_number == filters.tracking_number)
    if filters.classification is not None:
        found.append(Report.classification == filters.classification)
    if filters.region is not None:
        found.append(_lies_in(filters.region, scope))
    if filters.updated_since is not None:
        found.append(Report.id.in_(_changed_since(filters.updated_since)))
    if filters.q is not None:
        found.append(_search(filters.q, scope))
    return found


def _lies_in(region: str, scope: WorkReach) -> ColumnElement[bool]:
    """Nobody finds a report by a region that only words tell of which they may not read."""

    def within(code: Any) -> ColumnElement[bool]:
        # LIKE might tell of rows that row-level security hides, so that no index would be used for it.
        return or_(code == region, func.starts_with(code, f"{region}."))

    found = within(Report.about_region_code)
    if scope.secret_words:
        return found
    return or_(and_(Report.secret.is_(False), found), and_(Report.secret, within(Report.region_code)))


def _changed_since(instant: datetime) -> CompoundSelect[tuple[UUID]]:
    """Reports with an event since then that is not the monitor's, by the index on `recorded_at`, or with a running
    deadline that was set since then, by `clocks_changed_at_idx`.
    """
    said = select(EventRow.report_id).where(EventRow.recorded_at >= instant, ~EventRow.type.startswith("clock."))
    moved = select(Clock.report_id).where(Clock.changed_at >= instant, Clock.state == ClockState.RUNNING)
    return said.union_all(moved)


def _search(words: str, scope: WorkReach) -> ColumnElement[bool]:
    """Nobody finds a report by words that they may not read."""
    found = Report.id.in_(search.matching(words))
    if scope.secret_words:
        return found
    return and_(found, or_(Report.secret.is_(False), Report.id.in_(search.matching(words, verified_only=True))))


def _due(filters: Filters) -> list[ColumnElement[bool]]:
    """What is asked of the clock that ends first: what a report is late with, and not what was begun last."""
    found: list[ColumnElement[bool]] = []
    if filters.due_before is not None:
        found.append(Clock.due_at < filters.due_before)
    if filters.overdue is not None:
        found.append(Clock.due_at <= filters.now if filters.overdue else Clock.due_at > filters.now)
    return found


async def by_receipt(
    session: AsyncSession,
    filters: Filters,
    scope: WorkReach,
    *,
    ascending: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    if filters.due_before is not None or filters.overdue:
        statement = _with_first_clock(filters, scope)
        return await _page(session, statement, Report.received_at, ascending=ascending, after=after, limit=limit)
    chosen = select(Report.id).where(*_conditions(filters, scope))
    if filters.overdue is False:
        late = exists().where(Clock.report_id == Report.id, is_counted(Clock), Clock.due_at <= filters.now)
        chosen = chosen.where(~late)
    # The page first, then the clocks of its reports: not those of every report that matches.
    page = _paged(chosen, Report.received_at, ascending=ascending, after=after, limit=limit).subquery()
    clock = first_clock()
    statement = (
        select(*ITEM_COLUMNS, clock.c.stage, clock.c.due_at, highest_level(), own_clock())
        .join(page, page.c.id == Report.id)
        .join(Chain, Chain.report_id == Report.id)
        .outerjoin(clock, true())
    )
    return await _page(session, statement, Report.received_at, ascending=ascending, after=None, limit=limit)


async def by_change(
    session: AsyncSession, filters: Filters, scope: WorkReach, *, after: Position, horizon: int, limit: int
) -> Sequence[Row[Any]]:
    """Each report once, where its last fact stands in the log, by the index on (transaction_id, id)."""
    place = tuple_(EventRow.transaction_id, EventRow.id)
    page = (
        select(EventRow.report_id, EventRow.transaction_id, EventRow.id.label("event_id"))
        .join(Chain, and_(Chain.report_id == EventRow.report_id, Chain.fact_seq == EventRow.seq))
        .join(Report, Report.id == EventRow.report_id)
        .where(place > after, EventRow.transaction_id < horizon, *_conditions(filters, scope), *_by_any_clock(filters))
        .order_by(EventRow.transaction_id, EventRow.id)
        .limit(limit)
        .subquery()
    )
    clock = first_clock()
    statement = (
        select(
            *ITEM_COLUMNS, clock.c.stage, clock.c.due_at, highest_level(), own_clock(), page.c.transaction_id,
            page.c.event_id,
        )
        .join(page, page.c.report_id == Report.id)
        .join(Chain, Chain.report_id == Report.id)
        .outerjoin(clock, true())
        .order_by(page.c.transaction_id, page.c.event_id)
    )  # fmt: skip
    return (await session.execute(statement)).all()


def _by_any_clock(filters: Filters) -> list[ColumnElement[bool]]:
    """What is asked of the clock that ends first, without looking for the first."""
    clock = aliased(Clock)
    running = exists().where(clock.report_id == Report.id, is_counted(clock))
    found: list[ColumnElement[bool]] = []
    if filters.due_before is not None:
        found.append(running.where(clock.due_at < filters.due_before))
    if filters.overdue is not None:
        late = running.where(clock.due_at <= filters.now)
        found.append(late if filters.overdue else ~late)
    return found


def _with_first_clock(filters: Filters, scope: WorkReach) -> Select[Any]:
    """Reports with a running clock; the index on the running clocks' due instants finds them."""
    earlier = aliased(Clock)
    none_before = ~exists().where(
        earlier.report_id == Clock.report_id,
        is_counted(earlier),
        tuple_(earlier.due_at, earlier.stage, earlier.opened_seq) < tuple_(Clock.due_at, Clock.stage, Clock.opened_seq),
    )
    return (
        select(*ITEM_COLUMNS, Clock.stage, Clock.due_at, highest_level(), own_clock())
        .join(Chain, Chain.report_id == Report.id)
        .join(Clock, Clock.report_id == Report.id)
        .where(is_counted(Clock), none_before, *_conditions(filters, scope), *_due(filters))
    )


async def by_due(
    session: AsyncSession,
    filters: Filters,
    scope: WorkReach,
    *,
    ascending: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """In the order of the index on the running clocks' due instants."""
    statement = _with_first_clock(filters, scope)
    return await _page(session, statement, Clock.due_at, ascending=ascending, after=after, limit=limit)


async def without_due(
    session: AsyncSession, filters: Filters, scope: WorkReach, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """Reports on which no clock runs: the end of a list by due instant."""
    if filters.due_before is not None or filters.overdue is True:
        return []
    nothing = [literal(None).label(name) for name in ("stage", "due_at", "level", "next")]
    running = exists().where(Clock.report_id == Report.id, is_counted(Clock))
    statement = (
        select(*ITEM_COLUMNS, *nothing)
        .join(Chain, Chain.report_id == Report.id)
        .where(~running, *_conditions(filters, scope))
    )
    return await _page(session, statement, Report.received_at, ascending=False, after=after, limit=limit)


async def _page(
    session: AsyncSession,
    statement: Select[Any],
    key: Any,
    *,
    ascending: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    paged = _paged(statement, key, ascending=ascending, after=after, limit=limit)
    return (await session.execute(paged)).all()


def _paged(
    statement: Select[Any], key: Any, *, ascending: bool, after: tuple[datetime, UUID] | None, limit: int
) -> Select[Any]:
    if after is not None:
        place = tuple_(key, Report.id)
        statement = statement.where(place > after if ascending else place < after)
    order = (key, Report.id) if ascending else (key.desc(), Report.id.desc())
    return statement.order_by(*order).limit(limit)
