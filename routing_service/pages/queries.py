"""All SQL that only the pages ask: what lies in a box, and what codes and people are called."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.boxes import Box
from routing_service.report.reading.queries import OWNER_STAGES, WorkReach
from shared.clients import Client, Role
from shared.domain.clocks import ClockState
from shared.domain.lifecycle import OPEN, VERIFYING, Level, Status
from shared.domain.regions import regency_of
from shared.domain.wording import Language
from shared.log.events import EventType
from shared.queries.supports import SUPPORTS
from shared.queries.terms import is_in_service
from shared.schema import Account, Agency, Category, Chain, Clock, EventRow, Officer, Region, Report, ReportRead

#: How many of a box are counted: who has more of them needs no number.
MOST_COUNTED = 500
#: So long before 60 days without an answer somebody hears of it.
NEAR = timedelta(days=10)
#: From one level of regions to the next: `.08`.
_STEP = 3
MOST_PLACES = 200
_BY_SERVICE = f"{Role.SERVICE.value}:%"


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
    if role is Role.NATIONAL_ADMIN:
        return Report.holder_level == Level.NATIONAL
    if role is Role.COORDINATOR:
        return and_(Report.holder_level == Level.COORDINATOR, asking.scope.condition())
    return asking.scope.condition()


def in_box(box: Box, asking: Asking) -> ColumnElement[bool]:
    if box is Box.NEAR_60:
        near = exists().where(
            Clock.report_id == Report.id, Clock.stage == "oversight_response", Clock.state == ClockState.RUNNING,
            Clock.due_at < asking.now + NEAR,
        )  # fmt: skip
        return and_(near, Report.status.in_(sorted(OPEN)), asking.scope.condition())
    undecided, ring = Report.status.in_(sorted(VERIFYING)), _returns(asking.most_returns)
    conditions: Mapping[Box, ColumnElement[bool]] = {
        Box.RING: and_(undecided, ring),
        Box.RETURNED: and_(undecided, _returns(1), not_(ring)),
        Box.UNVERIFIED: and_(Report.status == Status.RECEIVED, not_(_returns(1))),
        Box.UNDISPOSED: and_(Report.status == Status.VERIFIED, not_(_returns(1))),
        Box.DISPUTED: and_(Report.status == Status.IN_PROGRESS, Report.holder_level != Level.AGENCY),
        Box.UNANSWERED: Report.status == Status.ASSIGNED,
        Box.IN_PROGRESS: Report.status == Status.IN_PROGRESS,
        Box.WAITING: Report.status == Status.AWAITING_REPORTER,
    }
    return and_(_own(asking), conditions[box])


async def count(session: AsyncSession, box: Box, asking: Asking) -> int:
    """At most MOST_COUNTED + 1."""
    some = select(Report.id).where(in_box(box, asking)).limit(MOST_COUNTED + 1).subquery()
    return (await session.scalars(select(func.count()).select_from(some))).one()


def _own_clock(stages: Collection[str]) -> Any:
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


def _of_box(box: Box, asking: Asking) -> tuple[Select[Any], Any]:
    clock = _own_clock({"oversight_response"} if box is Box.NEAR_60 else OWNER_STAGES)
    seen = exists().where(ReportRead.report_id == Report.id, ReportRead.subject == asking.client.sub)
    columns = (
        Report.id, Report.tracking_number, Report.title, Report.verified_title, Report.secret, Report.anonymous,
        Report.status, Report.holder_level, Report.holder_agency_code, Report.agency_code, Report.category_code,
        Report.region_code, Report.about_region_code, Report.channel, Report.received_at, Chain.fact_seq, SUPPORTS,
        clock.c.stage, clock.c.started_at, clock.c.due_at, clock.c.due_on, clock.c.time_zone, clock.c.level,
        seen.label("seen"),
    )  # fmt: skip
    chosen = select(*columns).join(Chain, Chain.report_id == Report.id).outerjoin(clock, true())
    return chosen.where(in_box(box, asking)), clock


async def page_of_box(session: AsyncSession, box: Box, asking: Asking, *, limit: int) -> Sequence[Row[Any]]:
    """What is due first comes first; then what nobody has set a deadline for, the oldest first."""
    statement, clock = _of_box(box, asking)
    order = (clock.c.due_at.asc().nulls_last(), Report.received_at, Report.id)
    return (await session.execute(statement.order_by(*order).limit(limit))).all()


async def names_of_agencies(session: AsyncSession, codes: Collection[str | None]) -> dict[str, str]:
    known = sorted({one for one in codes if one is not None})
    if not known:
        return {}
    rows = await session.execute(select(Agency.code, Agency.name).where(Agency.code.in_(known)))
    return {row.code: row.name for row in rows}


async def zone_of_agency(session: AsyncSession, code: str | None) -> str | None:
    return await session.scalar(select(Agency.time_zone).where(Agency.code == code)) if code else None


async def region_of_agency(session: AsyncSession, code: str | None) -> str | None:
    return await session.scalar(select(Agency.region_code).where(Agency.code == code)) if code else None


async def places_around(session: AsyncSession, region: str | None) -> Sequence[tuple[str, str]]:
    """The districts of the regency that a region lies in, after it; of a province its regencies; else none."""
    if region is None:
        return []
    around = regency_of(region) or region
    length = len(around) + _STEP
    below = and_(Region.code.startswith(f"{around}.", autoescape=True), func.length(Region.code) == length)
    statement = select(Region.code, Region.name).where(or_(Region.code == around, below))
    rows = await session.execute(statement.order_by(func.length(Region.code), Region.name).limit(MOST_PLACES))
    return [(code, name) for code, name in rows.all()]


async def agencies_below(session: AsyncSession, codes: Sequence[str] | None, *, limit: int) -> Sequence[Row[Any]]:
    """Who can be given a report: of `codes`, or for the whole country the instansi."""
    statement = select(Agency.code, Agency.name, Agency.parent_code).where(Agency.active.is_(True))
    chosen = Agency.parent_code.is_(None) if codes is None else Agency.code.in_(codes)
    return (await session.execute(statement.where(chosen).order_by(Agency.name, Agency.code).limit(limit))).all()


async def categories(session: AsyncSession, on: date, *, limit: int) -> Sequence[Row[Any]]:
    """The main ones and those below, as they are in force on that day."""
    statement = select(Category.code, Category.label_id, Category.label_en, Category.parent_code)
    in_force = statement.where(is_in_service(Category, on)).order_by(Category.code)
    return (await session.execute(in_force.limit(limit))).all()


async def regions_named(session: AsyncSession, codes: Collection[str | None]) -> dict[str, str]:
    known = sorted({one for one in codes if one is not None})
    if not known:
        return {}
    rows = await session.execute(select(Region.code, Region.name).where(Region.code.in_(known)))
    return {row.code: row.name for row in rows}


async def people_named(session: AsyncSession, subjects: Collection[str]) -> dict[str, str]:
    """By the `sub` of their tokens: officers of the registry, and others who have an account."""
    known = sorted(subjects)
    if not known:
        return {}
    officers = await session.execute(select(Officer.subject, Officer.name).where(Officer.subject.in_(known)))
    found = {subject: name for subject, name in officers.all() if subject is not None}
    accounts = await session.execute(
        select(Account.id, func.coalesce(Officer.name, Account.name))
        .outerjoin(Officer, Officer.id == Account.officer_id)
        .where(Account.id.in_(known))
    )
    return {id: name for id, name in accounts.all() if name is not None} | found


async def first_clock(session: AsyncSession, report_id: UUID) -> Row[Any] | None:
    """The running clock of the holder that ends first."""
    statement = (
        select(Clock.started_at, Clock.due_at)
        .where(Clock.report_id == report_id, Clock.state == ClockState.RUNNING, Clock.stage.in_(OWNER_STAGES))
        .order_by(Clock.due_at.asc().nulls_last())
        .limit(1)
    )
    return (await session.execute(statement)).first()


async def category_label(session: AsyncSession, code: str | None, language: Language) -> str | None:
    label = Category.label_id if language is Language.ID else Category.label_en
    return await session.scalar(select(label).where(Category.code == code)) if code else None
