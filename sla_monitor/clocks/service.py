"""What the clocks say, for whoever may see the reports."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared import events
from shared.auth import Client
from shared.errors import NotFound
from shared.ids import TRACKING_DIGITS
from shared.scope import known_subtree, scope_of
from shared.wire import Page, decode_cursor, encode_cursor
from sla_monitor import deadlines, explanations
from sla_monitor.calendars import CalendarYearMissing
from sla_monitor.clocks import queries
from sla_monitor.clocks.queries import Filters, Place
from sla_monitor.clocks.schemas import (
    ClockList,
    ClockStatistics,
    ClockView,
    DayName,
    LadderStep,
    OverdueClock,
    OverdueParams,
    StageCounts,
    StatisticsParams,
    UncountedDay,
)
from sla_monitor.day_rules import local_ordinal
from sla_monitor.deadlines import Clock, Outcome, State
from sla_monitor.policy import Policy
from sla_monitor.reference.service import Reference, References


def parse(reference: str) -> UUID | str:
    """An id or a tracking number. Raises NotFound for what can be neither."""
    if len(reference) == TRACKING_DIGITS and reference.isascii() and reference.isdigit():
        return reference
    try:
        return UUID(reference)
    except ValueError:
        raise _no_report(reference) from None


async def of_report(
    session: AsyncSession, reference: str, client: Client, references: References, *, now: datetime
) -> ClockList:
    """The clocks of a report with the reason for every day that did not count.

    Computed from the events as they are now; the sweep's part is read from the stored clocks.
    """
    scope = await scope_of(session, client)
    report_id = await queries.report_id_of(session, parse(reference), scope)
    if report_id is None:
        raise _no_report(reference)
    history = await events.history(session, report_id)
    standings = await queries.standings(session, report_id)
    rules = await references.current(session)
    policy = rules.policy_of(history)
    return ClockList(
        items=[
            _view(clock, policy, rules, standings.get((clock.stage, clock.opened_seq)), now)
            for clock in deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits)
        ]
    )


def _no_report(reference: str) -> NotFound:
    return NotFound(f"There is no report {reference}.")


def _view(clock: Clock, policy: Policy, rules: Reference, standing: Row[Any] | None, now: datetime) -> ClockView:
    late = clock.state is State.RUNNING and clock.due_at is not None and clock.due_at <= now
    today = date.fromordinal(local_ordinal(now, clock.time_zone))
    days = explanations.explain(clock, policy, rules.calendar, until=None if clock.stopped_at else today)
    return ClockView(
        stage=clock.stage,
        opened_seq=clock.opened_seq,
        round=clock.round,
        agency=clock.agency,
        started_at=clock.started_at,
        due_at=clock.due_at,
        due_on=clock.due_on,
        stopped_at=clock.stopped_at,
        state=clock.state,
        outcome=Outcome.LATE if late else clock.outcome,
        on_due=clock.on_due,
        breached_at=standing.breached_at if standing else None,
        level=standing.level if standing else 0,
        days=clock.days,
        unit=clock.unit,
        time_zone=clock.time_zone,
        legal_basis=clock.legal_basis,
        uncounted_days=[_uncounted(day) for day in days],
        steps=[
            LadderStep(step=step.offset, at=step.at, level=step.level, kind=step.kind, recipients=list(step.recipients))
            for step in clock.steps
        ],
        policy=policy.code,
        calendar=rules.calendar.name,
        calendar_complete=rules.calendar.is_complete(clock.due_on or today),
    )


def _uncounted(day: explanations.UncountedDay) -> UncountedDay:
    return UncountedDay.model_validate(
        {
            "date": day.on,
            "reason": day.reason,
            "name": None if day.name is None else DayName(id=day.name.id, en=day.name.en),
            "status": None if day.pause is None else day.pause.reason,
        }
    )


async def overdue(
    session: AsyncSession, params: OverdueParams, client: Client, references: References, *, now: datetime
) -> Page[OverdueClock]:
    scope = await scope_of(session, client)
    agencies = None if params.agency is None else await known_subtree(session, params.agency)
    after = decode_cursor(params.cursor, Place) if params.cursor else None
    filters = Filters(params.stage, params.level, agencies)
    rows = await queries.overdue(session, filters, scope, now=now, after=after, limit=params.limit + 1)
    rules = await references.current(session)
    items = [_overdue(row, rules, now) for row in rows[: params.limit]]
    if len(rows) <= params.limit:
        return Page(items=items)
    last = items[-1]
    return Page(items=items, next_cursor=encode_cursor(last.due_at, last.report_id, last.stage, last.opened_seq))


def _overdue(row: Row[Any], rules: Reference, now: datetime) -> OverdueClock:
    return OverdueClock(
        report_id=row.report_id,
        tracking_number=row.tracking_number,
        status=row.status,
        stage=row.stage,
        opened_seq=row.opened_seq,
        round=row.round,
        agency=row.agency_code,
        due_at=row.due_at,
        due_on=row.due_on,
        breached_at=row.breached_at,
        level=row.level,
        overdue_working_days=_working_days_since(row, rules, now),
    )


def _working_days_since(row: Row[Any], rules: Reference, now: datetime) -> int | None:
    """Complete working days since the last day of the limit; regional days off are left out."""
    policy = rules.policies.get(row.policy_code)
    days = rules.calendar.working_days(None, cuti_bersama_off=policy is None or policy.cuti_bersama_off)
    try:
        return days.index(local_ordinal(now, row.time_zone)) - days.index(row.due_on.toordinal() + 1)
    except CalendarYearMissing:
        return None


FORMULA = "share_late = late / (met + late); late = stopped, cancelled or still running at or after due_at"
DENOMINATOR = "clocks that were met or are late; pending and cancelled ones are left out"


async def statistics(
    session: AsyncSession, params: StatisticsParams, client: Client, *, now: datetime
) -> ClockStatistics:
    scope = await scope_of(session, client)
    agencies = None if params.agency is None else await known_subtree(session, params.agency)
    rows = await queries.counts(session, Filters(params.stage, None, agencies), scope, now=now)
    items = [
        StageCounts(**row._mapping, share_late=row.late / (row.met + row.late) if row.met + row.late else None)
        for row in rows
    ]
    return ClockStatistics(as_of=now, formula=FORMULA, denominator=DENOMINATOR, items=items)
