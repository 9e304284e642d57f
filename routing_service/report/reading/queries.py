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
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from shared.domain.clocks import ClockState
from shared.domain.messages import BY_REPORTER
from shared.queries.reach import Reach
from shared.queries.supports import SUPPORTS
from shared.queries.talks import Talk
from shared.schema import Chain, Clock, EventRow, Message, PublicText, Report

#: The clocks of whoever holds the report.
OWNER_STAGES = ("verification", "disposition", "first_response", "resolution")
#: What becoming due means where the state is late, the holder or the state as a whole; the other clocks are the
#: reporter's.
STATE_IS_LATE = ("escalate", "record")

#: When the last word was said or the last thing done, the monitor's aside: what the version counts. By the unique index
#: on (report_id, seq).
_HAPPENED_AT = (
    select(EventRow.recorded_at)
    .where(EventRow.report_id == Report.id, EventRow.seq == Chain.fact_seq)
    .correlate(Report, Chain)
    .scalar_subquery()
)
#: The same, or when a running deadline was last set: a calendar, a policy or a limit can move it without a word said,
#: and with the same version. By the primary key of clocks.
_DEADLINE_AT = (
    select(func.max(Clock.changed_at))
    .where(Clock.report_id == Report.id, Clock.state == ClockState.RUNNING)
    .correlate(Report)
    .scalar_subquery()
)
_CHANGED_AT = func.greatest(_HAPPENED_AT, _DEADLINE_AT).label("changed_at")
ITEM_COLUMNS = (
    Report.id, Report.tracking_number, Report.status, Report.holder_level, Report.holder_agency_code,
    Report.agency_code, Report.title, Report.verified_title, Report.classification, Report.supervisory,
    Report.category_code, Report.subject_code, Report.region_code, Report.about_region_code, Report.anonymous,
    Report.secret, Report.channel, Report.round, Report.received_at, _CHANGED_AT, Chain.fact_seq, SUPPORTS,
)  # fmt: skip
_REPORT_COLUMNS = (
    *ITEM_COLUMNS, Chain.seq, Report.held_from, Report.merged_into, Report.merged_from, Report.merged_at,
    Report.imported, Report.client_id, Report.entered_by, Report.external_reference,
    Report.target_agency_code, Report.published_at, Report.occurred_on, Report.body, Report.location_text,
    Report.latitude, Report.longitude, Report.seen_region_code,
)  # fmt: skip


_OPEN_REQUESTS = text(
    """
    SELECT e.id, e.report_id, r.tracking_number, e.actor, e.recorded_at, m.body AS reason
    FROM events e JOIN reports r ON r.id = e.report_id LEFT JOIN messages m ON m.id = (e.data ->> 'message')::uuid
    WHERE e.type = 'identity.requested' AND e.recorded_at > :since
      AND (CAST(:before_at AS timestamptz) IS NULL OR (e.recorded_at, e.id) < (:before_at, CAST(:before_id AS uuid)))
      AND NOT EXISTS (
          SELECT FROM events a
          WHERE a.report_id = e.report_id AND a.type = 'identity.approved' AND a.data ->> 'request' = e.id::text
      )
    ORDER BY e.recorded_at DESC, e.id DESC LIMIT :limit
    """
)


async def open_identity_requests(
    session: AsyncSession, *, since: datetime, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """The newest first; by the index on recorded_at, so that `since` bounds what is read."""
    at, id = before or (None, None)
    values = {"since": since, "before_at": at, "before_id": id, "limit": limit}
    return (await session.execute(_OPEN_REQUESTS, values)).all()


@dataclass(frozen=True, slots=True)
class WorkReach(Reach):
    """What somebody works on, and whether they may read the words of secret reports in it."""

    secret_words: bool = True


def is_counted(clock: Any) -> ColumnElement[bool]:
    return and_(clock.state == ClockState.RUNNING, clock.due_at.is_not(None), clock.on_due.in_(STATE_IS_LATE))


# Built once each: to build them anew is half of what a page of the work list costs.
@cache
def highest_level() -> Any:
    """The highest that any of the report's running clocks has reached."""
    clock = aliased(Clock)
    statement = select(func.max(clock.level)).where(clock.report_id == Report.id, is_counted(clock))
    return statement.correlate(Report).scalar_subquery().label("level")


@cache
def own_clock() -> Any:
    """The holder's running clock that ends first, as JSON: what they have to do next, however late the report is."""
    clock = aliased(Clock)
    shown = func.json_build_object("stage", clock.stage, "due_at", clock.due_at, "level", clock.level)
    statement = select(shown).where(
        clock.report_id == Report.id, is_counted(clock), clock.stage.in_(OWNER_STAGES)
    ).order_by(clock.due_at, clock.stage, clock.opened_seq).limit(1)  # fmt: skip
    return statement.correlate(Report).scalar_subquery().label("next")


@cache
def first_clock() -> Any:
    """The running clock that ends first, so the one that is the most late; the primary key of clocks begins with the
    report."""
    columns = (Clock.stage, Clock.due_at)
    order = (Clock.due_at, Clock.stage, Clock.opened_seq)
    statement = select(*columns).where(Clock.report_id == Report.id, is_counted(Clock)).order_by(*order).limit(1)
    return statement.correlate(Report).lateral("first_clock")


def _one_report() -> Select[Any]:
    clock = first_clock()
    return (
        select(*_REPORT_COLUMNS, PublicText.title.label("public_title"), clock.c.stage, clock.c.due_at, highest_level())
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
