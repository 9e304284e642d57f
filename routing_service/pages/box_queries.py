"""SQL of the boxes of an inbox.

What lies at one desk is found by `reports_open_idx`, and then the deadline of each. What lies before the national
level, or in the whole country, can be a hundred thousand reports: where one kind of deadline orders them, its index
`clocks_running_due_idx` leads, and what comes first is read and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.boxes import Box
from routing_service.report.reading.queries import OWNER_STAGES, WorkReach
from shared.clients import Client, Role
from shared.domain.clocks import ClockState
from shared.domain.lifecycle import OPEN, Level, Status
from shared.log.events import EventType
from shared.queries.supports import SUPPORTS
from shared.schema import Chain, Clock, EventRow, Report, ReportRead

#: How many of a box are counted: who has more of them needs no number.
MOST_COUNTED = 500
#: So long before 60 days without an answer somebody hears of it.
NEAR = timedelta(days=10)
_BY_SERVICE = f"{Role.SERVICE.value}:%"
_OVERSIGHT = "oversight_response"
#: Boxes that one kind of deadline orders, and no report in them has another that comes before it.
_ORDERED_BY: Mapping[Box, str] = {Box.UNVERIFIED: "verification", Box.NEAR_60: _OVERSIGHT}


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose inbox, and when. `most_returns`: after so many a holder must decide."""

    client: Client
    scope: WorkReach
    most_returns: int
    now: datetime


def _returns(most: int) -> ColumnElement[bool]:
    """Whether people have returned a report so often. By the unique index on (report_id, seq)."""
    found = (
        select(EventRow.seq)
        .where(
            EventRow.report_id == Report.id, EventRow.type == EventType.REPORT_RETURNED,
            EventRow.actor.not_like(_BY_SERVICE),
        )
        .correlate(Report)
        .offset(most - 1)
        .limit(1)
    )  # fmt: skip
    return found.exists()


def _own(asking: Asking) -> ColumnElement[bool]:
    """Held at the desk of whoever asks, and not by an agency below it."""
    role = asking.client.role
    if role is Role.NATIONAL_ADMIN:  # no agency: what the index begins with
        return and_(Report.holder_level == Level.NATIONAL, Report.holder_agency_code.is_(None))
    if role is Role.COORDINATOR:
        return and_(Report.holder_level == Level.COORDINATOR, asking.scope.condition())
    return asking.scope.condition()


def in_box(box: Box, asking: Asking) -> ColumnElement[bool]:
    """On `reports`, but for the deadline of NEAR_60."""
    if box is Box.NEAR_60:
        return and_(Report.status.in_(sorted(OPEN)), asking.scope.condition())
    verified, ring = Report.status == Status.VERIFIED, _returns(asking.most_returns)
    conditions: Mapping[Box, ColumnElement[bool]] = {
        Box.RING: and_(verified, ring),
        Box.RETURNED: and_(verified, _returns(1), not_(ring)),
        Box.UNVERIFIED: Report.status == Status.RECEIVED,
        Box.UNDISPOSED: and_(verified, not_(_returns(1))),
        Box.DISPUTED: and_(Report.status == Status.IN_PROGRESS, Report.holder_level != Level.AGENCY),
        Box.UNANSWERED: Report.status == Status.ASSIGNED,
        Box.IN_PROGRESS: Report.status == Status.IN_PROGRESS,
        Box.WAITING: Report.status == Status.AWAITING_REPORTER,
    }
    return and_(_own(asking), conditions[box])


def _runs(stage: str) -> ColumnElement[bool]:
    return and_(Clock.stage == stage, Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None))


def _near(asking: Asking) -> ColumnElement[bool]:
    return and_(_runs(_OVERSIGHT), Clock.due_at < asking.now + NEAR)


def _own_clock(box: Box) -> Any:
    """The one that ends first; by the primary key of clocks."""
    stages = {_OVERSIGHT} if box is Box.NEAR_60 else OWNER_STAGES
    statement = (
        select(Clock.stage, Clock.started_at, Clock.due_at, Clock.due_on, Clock.time_zone, Clock.level)
        .where(
            Clock.report_id == Report.id, Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None),
            Clock.stage.in_(sorted(stages)),
        )
        .order_by(Clock.due_at, Clock.stage, Clock.opened_seq)
        .limit(1)
    )  # fmt: skip
    return statement.correlate(Report).lateral("own_clock")


def _by_desk(box: Box, asking: Asking) -> Select[Any]:
    """The limit of 1 within keeps PostgreSQL from beginning with the deadlines of the whole country."""
    clock = _own_clock(box)
    chosen = select(Report.id).where(in_box(box, asking))
    if box is Box.NEAR_60:
        chosen = chosen.join(clock, true()).where(clock.c.due_at < asking.now + NEAR)
    else:
        chosen = chosen.outerjoin(clock, true())
    return chosen.order_by(clock.c.due_at.asc().nulls_last(), Report.received_at, Report.id)


def _by_clock(stage: str, box: Box, asking: Asking) -> Select[Any]:
    """Those with a running deadline, in the order of its index; ids follow the receipt.

    OFFSET and LIMIT keep PostgreSQL from sorting all reports of the box instead: it takes them to be few.
    """
    runs = _near(asking) if box is Box.NEAR_60 else _runs(stage)
    clocks = select(Clock.report_id, Clock.due_at).where(runs).order_by(Clock.due_at, Clock.report_id).offset(0)
    first = clocks.subquery("first_due")
    report = select(Report.id).where(Report.id == first.c.report_id, in_box(box, asking)).limit(1).lateral("report")
    return select(report.c.id).select_from(first.join(report, true())).order_by(first.c.due_at, first.c.report_id)


def _clockless(stage: str, box: Box, asking: Asking) -> Select[Any]:
    """The oldest first."""
    runs = exists().where(Clock.report_id == Report.id, _runs(stage))
    chosen = select(Report.id).where(in_box(box, asking), ~runs)
    return chosen.order_by(Report.received_at, Report.id)


async def _ids_in_box(session: AsyncSession, box: Box, asking: Asking, *, limit: int) -> list[UUID]:
    """What is due first comes first; then what nobody has set a deadline for."""
    stage = _ORDERED_BY.get(box)
    if stage is None or asking.scope.codes is not None:
        return list((await session.scalars(_by_desk(box, asking).limit(limit))).all())
    found = list((await session.scalars(_by_clock(stage, box, asking).limit(limit))).all())
    if len(found) < limit and box is not Box.NEAR_60:
        found += (await session.scalars(_clockless(stage, box, asking).limit(limit - len(found)))).all()
    return found


async def count(session: AsyncSession, box: Box, asking: Asking) -> int:
    """At most MOST_COUNTED + 1."""
    some = select(Report.id).where(in_box(box, asking))
    if box is Box.NEAR_60:
        some = _by_desk(box, asking) if asking.scope.codes is not None else _by_clock(_OVERSIGHT, box, asking)
    counted = some.order_by(None).limit(MOST_COUNTED + 1).subquery()
    return (await session.scalars(select(func.count()).select_from(counted))).one()


async def numbers_in_box(session: AsyncSession, box: Box, asking: Asking, *, limit: int) -> list[str]:
    ids = await _ids_in_box(session, box, asking, limit=limit)
    rows = await session.execute(select(Report.id, Report.tracking_number).where(Report.id.in_(ids)))
    numbers: dict[UUID, str] = {row.id: row.tracking_number for row in rows}
    return [numbers[id] for id in ids if id in numbers]


async def page_of_box(session: AsyncSession, box: Box, asking: Asking, *, limit: int) -> list[Row[Any]]:
    """With what a line of the page shows."""
    place = {id: number for number, id in enumerate(await _ids_in_box(session, box, asking, limit=limit))}
    clock = _own_clock(box)
    seen = exists().where(ReportRead.report_id == Report.id, ReportRead.subject == asking.client.sub)
    columns = (
        Report.id, Report.tracking_number, Report.title, Report.verified_title, Report.secret, Report.anonymous,
        Report.status, Report.holder_level, Report.holder_agency_code, Report.agency_code, Report.category_code,
        Report.region_code, Report.about_region_code, Report.channel, Report.received_at, Chain.fact_seq, SUPPORTS,
        clock.c.stage, clock.c.started_at, clock.c.due_at, clock.c.due_on, clock.c.time_zone, clock.c.level,
        seen.label("seen"),
    )  # fmt: skip
    statement = select(*columns).join(Chain, Chain.report_id == Report.id).outerjoin(clock, true())
    rows = (await session.execute(statement.where(Report.id.in_(list(place))))).all()
    return sorted(rows, key=lambda row: place[row.id])
