from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
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

from routing_service.report.search import queries as search
from shared.domain.clocks import ClockState
from shared.domain.lifecycle import Classification, Level, Status
from shared.domain.messages import BY_REPORTER
from shared.log.feed import Position
from shared.queries.reach import Reach
from shared.queries.supports import SUPPORTS
from shared.queries.talks import Talk
from shared.schema import Chain, Clock, EventRow, Message, PublicText, Report, Reporter

#: The clocks of whoever holds the report.
OWNER_STAGES = ("verification", "disposition", "first_response", "resolution")
#: What becoming due means where the state is late, the holder or the state as a whole; the other clocks are the
#: reporter's.
STATE_IS_LATE = ("escalate", "record")

#: When the last word was said or the last thing done, the monitor's aside: what the version counts. By the unique index
#: on (report_id, seq).
_CHANGED_AT = (
    select(EventRow.recorded_at)
    .where(EventRow.report_id == Report.id, EventRow.seq == Chain.fact_seq)
    .correlate(Report, Chain)
    .scalar_subquery()
    .label("changed_at")
)
_ITEM_COLUMNS = (
    Report.id, Report.tracking_number, Report.status, Report.holder_level, Report.holder_agency_code,
    Report.agency_code, Report.title, Report.verified_title, Report.classification, Report.supervisory,
    Report.category_code, Report.subject_code, Report.region_code, Report.about_region_code, Report.anonymous,
    Report.secret, Report.channel, Report.round, Report.received_at, _CHANGED_AT, Chain.fact_seq, SUPPORTS,
)  # fmt: skip
_REPORT_COLUMNS = (
    *_ITEM_COLUMNS, Chain.seq, Report.held_from, Report.merged_into, Report.merged_from, Report.merged_at,
    Report.imported, Report.client_id, Report.entered_by, Report.external_reference,
    Report.target_agency_code, Report.published_at, Report.occurred_on, Report.body, Report.location_text,
    Report.latitude, Report.longitude, Report.seen_region_code, Report.reporter_id,
)  # fmt: skip


def _counts(clock: Any) -> ColumnElement[bool]:
    return and_(clock.state == ClockState.RUNNING, clock.due_at.is_not(None), clock.on_due.in_(STATE_IS_LATE))


# Built once each: to build them anew is half of what a page of the work list costs.
@cache
def _level() -> Any:
    """The highest that any of the report's running clocks has reached."""
    clock = aliased(Clock)
    statement = select(func.max(clock.level)).where(clock.report_id == Report.id, _counts(clock))
    return statement.correlate(Report).scalar_subquery().label("level")


@cache
def _own_clock() -> Any:
    """The holder's running clock that ends first, as JSON: what they have to do next, however late the report is."""
    clock = aliased(Clock)
    shown = func.json_build_object("stage", clock.stage, "due_at", clock.due_at, "level", clock.level)
    statement = select(shown).where(
        clock.report_id == Report.id, _counts(clock), clock.stage.in_(OWNER_STAGES)
    ).order_by(clock.due_at, clock.stage, clock.opened_seq).limit(1)  # fmt: skip
    return statement.correlate(Report).scalar_subquery().label("next")


@cache
def _first_clock() -> Any:
    """The running clock that ends first, so the one that is the most late; the primary key of clocks begins with the
    report."""
    columns = (Clock.stage, Clock.due_at)
    order = (Clock.due_at, Clock.stage, Clock.opened_seq)
    statement = select(*columns).where(Clock.report_id == Report.id, _counts(Clock)).order_by(*order).limit(1)
    return statement.correlate(Report).lateral("first_clock")


def _one_report() -> Select[Any]:
    clock = _first_clock()
    return (
        select(*_REPORT_COLUMNS, PublicText.title.label("public_title"), clock.c.stage, clock.c.due_at, _level())
        .join(Chain, Chain.report_id == Report.id)
        .outerjoin(PublicText, PublicText.report_id == Report.id)
        .outerjoin(clock, true())
        .where(Report.id == bindparam("id"))
    )


_ONE_REPORT = _one_report()  # built once: it is read after every action


async def report(session: AsyncSession, report_id: UUID) -> Row[Any] | None:
    return (await session.execute(_ONE_REPORT, {"id": report_id})).one_or_none()


def talk(report_id: UUID, kinds: Collection[str], *, public: bool, co_reports: Collection[UUID]) -> Talk:
    """What was said about a report. `public`: official answers, with the people in them masked, and none before that.
    `co_reports`: those that are merged into it, of which the words of their reporters since then belong to it.
    """
    own = and_(Message.report_id == report_id, Message.kind.in_(sorted(kinds)))
    if public:
        return Talk([and_(own, Message.public_body.is_not(None))], Message.public_body)
    return Talk([own, *([_said_by_others(co_reports)] if co_reports else [])], Message.body)


def _said_by_others(report_ids: Collection[UUID]) -> ColumnElement[bool]:
    merged = aliased(Report)
    since = exists().where(merged.id == Message.report_id, Message.created_at >= merged.merged_at)
    return and_(Message.report_id.in_(report_ids), Message.kind.in_(sorted(BY_REPORTER)), since)


async def reporter(session: AsyncSession, reporter_id: UUID | None) -> Row[Any] | None:
    columns = (Reporter.name, Reporter.phone, Reporter.email, Reporter.national_id)
    return (await session.execute(select(*columns).where(Reporter.id == reporter_id))).one_or_none()


# --- the work list -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkReach(Reach):
    """What somebody works on, and whether they may read the words of secret reports in it."""

    secret_words: bool = True


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
        return or_(code == region, code.startswith(f"{region}.", autoescape=True))

    found = within(Report.about_region_code)
    if scope.secret_words:
        return found
    return or_(and_(Report.secret.is_(False), found), and_(Report.secret, within(Report.region_code)))


def _changed_since(instant: datetime) -> Select[tuple[UUID]]:
    """Reports with an event since then that is not the monitor's, by the index on `recorded_at`."""
    return select(EventRow.report_id).where(EventRow.recorded_at >= instant, ~EventRow.type.startswith("clock."))


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
        late = exists().where(Clock.report_id == Report.id, _counts(Clock), Clock.due_at <= filters.now)
        chosen = chosen.where(~late)
    # The page first, then the clocks of its reports: not those of every report that matches.
    page = _paged(chosen, Report.received_at, ascending=ascending, after=after, limit=limit).subquery()
    clock = _first_clock()
    statement = (
        select(*_ITEM_COLUMNS, clock.c.stage, clock.c.due_at, _level(), _own_clock())
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
    clock = _first_clock()
    statement = (
        select(
            *_ITEM_COLUMNS, clock.c.stage, clock.c.due_at, _level(), _own_clock(), page.c.transaction_id,
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
    running = exists().where(clock.report_id == Report.id, _counts(clock))
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
        _counts(earlier),
        tuple_(earlier.due_at, earlier.stage, earlier.opened_seq) < tuple_(Clock.due_at, Clock.stage, Clock.opened_seq),
    )
    return (
        select(*_ITEM_COLUMNS, Clock.stage, Clock.due_at, _level(), _own_clock())
        .join(Chain, Chain.report_id == Report.id)
        .join(Clock, Clock.report_id == Report.id)
        .where(_counts(Clock), none_before, *_conditions(filters, scope), *_due(filters))
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
    running = exists().where(Clock.report_id == Report.id, _counts(Clock))
    statement = (
        select(*_ITEM_COLUMNS, *nothing)
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
