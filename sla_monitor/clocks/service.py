"""What the clocks say, for those who may see the reports."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.domain.clocks import ClockOutcome, ClockState
from shared.domain.wording import Language, say
from shared.errors import NotFound, bad_cursor
from shared.http.wire import Bilingual, Code, Page, Sequence32
from shared.ids import report_named
from shared.log import events
from shared.log.events import Event
from shared.queries.reach import known_subtree, reach_of
from sla_monitor import deadlines, explanations, known
from sla_monitor.calendars import CalendarYearMissing
from sla_monitor.clock import SHOWN, Clock
from sla_monitor.clocks import past, queries
from sla_monitor.clocks.queries import Filters, Position
from sla_monitor.clocks.schemas import (
    AcknowledgementNote,
    ClockList,
    ClocksParams,
    ClockStatistics,
    ClockView,
    LadderStep,
    OverdueClock,
    OverdueParams,
    StageCounts,
    StatisticsParams,
    StepState,
    UncountedDay,
)
from sla_monitor.day_rules import LadderStep as Step
from sla_monitor.day_rules import local_ordinal
from sla_monitor.known import Done, Swept
from sla_monitor.policy import Policy
from sla_monitor.reference.past import PastRules
from sla_monitor.reference.service import Reference, References


async def of_report(
    session: AsyncSession, reference: str, client: Client, references: References, params: ClocksParams, *,
    language: Language, now: datetime,
) -> ClockList:  # fmt: skip
    """The clocks of a report with the reason for every day that did not count.

    Computed from the events as they are now, or as they were known then under the rules of then.
    """
    as_of = params.as_of
    past.check_as_of(as_of, now)
    scope = await reach_of(session, client)
    named = report_named(reference)
    report_id = None if named is None else await queries.report_id_of(session, named, scope)
    if report_id is None:
        raise _no_report(reference)
    history: Sequence[Event] = await events.history(session, report_id)
    rules = await references.current(session)
    if as_of is not None:
        history = known.known(history, as_of)
        rules = (await PastRules(session, references).at(as_of)).reference
    at = as_of or now
    params = params.in_list("clocks", report_id)
    before = params.position(tuple[Sequence32, Code])
    if not history:
        return ClockList(as_of=at, items=[], total=0)  # not recorded yet
    policy = rules.policy_of(history)
    standings = known.standings(history)
    found = deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits)
    views = _Views(policy, rules, language, at, await queries.acknowledgements(session, report_id, until=at))
    earlier = found[: _index(found, before)]
    shown = earlier[-params.limit :]
    more = len(shown) < len(earlier)
    return ClockList(
        as_of=at,
        items=[
            views.view(clock, standings.get((clock.stage, clock.opened_seq), known.NOTHING_DONE)) for clock in shown
        ],
        total=len(found),
        next_cursor=params.cursor_at(*_key(shown[0])) if more else None,
    )


def _index(found: Sequence[Clock], before: tuple[int, str] | None) -> int:
    """Raises Invalid for a clock that the report has not, or has no more."""
    if before is None:
        return len(found)
    index = next((index for index, clock in enumerate(found) if _key(clock) == before), None)
    if index is None:
        raise bad_cursor()
    return index


def _key(clock: Clock) -> tuple[int, str]:
    return clock.opened_seq, clock.stage


def _no_report(reference: str) -> NotFound:
    return NotFound(f"There is no report {reference}.")


@dataclass(frozen=True, slots=True)
class _Views:
    """How the clocks of one report are shown."""

    policy: Policy
    rules: Reference
    language: Language
    at: datetime
    acknowledgements: Mapping[tuple[str, int, int], Row[Any]]

    def view(self, clock: Clock, standing: Swept) -> ClockView:
        policy, calendar = self.policy, self.rules.calendar
        late = clock.state is ClockState.RUNNING and clock.due_at is not None and clock.due_at <= self.at
        today = date.fromordinal(local_ordinal(self.at, clock.time_zone))
        days = explanations.explain(clock, policy, calendar, until=None if clock.stopped_at else today)
        shown = clock.only(SHOWN) | {"outcome": ClockOutcome.LATE if late else clock.outcome}
        return ClockView(
            **shown,
            breached_at=standing.breached_at,
            level=standing.level,
            legal_basis=say(clock.legal_basis, self.language),
            mark=clock.limit.mark,
            policy_days=clock.limit.days,
            explanation=explanations.text(clock, policy, calendar, language=self.language, now=self.at),
            uncounted_days=[_uncounted(day) for day in days],
            steps=[self._step(clock, step, standing.steps.get(step.offset)) for step in clock.steps],
            policy=policy.code,
            calendar=calendar.name,
            calendar_complete=calendar.is_complete(clock.due_on or today),
        )

    def _step(self, clock: Clock, step: Step, done: Done | None) -> LadderStep:
        ahead = StepState.DUE if step.at <= self.at else StepState.AHEAD
        return LadderStep(
            step=step.offset,
            at=step.at,
            state=ahead if done is None else StepState.DONE,
            recorded_at=None if done is None else done.recorded_at,
            text=explanations.step_text(step, clock, language=self.language),
            level=step.level,
            kind=step.kind,
            recipients=list(step.recipients),
            acknowledgement=self._acknowledgement(clock, step),
        )

    def _acknowledgement(self, clock: Clock, step: Step) -> AcknowledgementNote | None:
        said = self.acknowledgements.get((clock.stage, clock.opened_seq, step.offset))
        return None if said is None else AcknowledgementNote(at=said.acknowledged_at, by=said.actor, note=said.note)


def _uncounted(day: explanations.UncountedDay) -> UncountedDay:
    return UncountedDay.model_validate(
        {
            "date": day.on,
            "reason": day.reason,
            "name": None if day.name is None else Bilingual.of(day.name),
            "status": None if day.pause is None else day.pause.reason,
        }
    )


async def overdue(
    session: AsyncSession, params: OverdueParams, client: Client, references: References, *, now: datetime
) -> Page[OverdueClock]:
    past.check_as_of(params.as_of, now)
    scope = await reach_of(session, client)
    agencies = None if params.agency is None else await known_subtree(session, params.agency)
    params = params.in_list("overdue")
    after = params.position(Position)
    filters = Filters(params.stage, params.level, agencies)
    rows: Sequence[Any]
    if params.as_of is None:
        rules = await references.current(session)
        rows = await queries.overdue(session, filters, scope, now=now, after=after, limit=params.rows)
    else:
        view = await past.past_at(session, references, params.as_of, scope)
        rules, now = view.rules, params.as_of
        rows = await view.overdue(filters, after=after, limit=params.rows)
    shown, next_cursor = params.cut(rows, _position)
    return Page(items=[_overdue(row, rules, now) for row in shown], next_cursor=next_cursor)


def _position(row: Any) -> Position:
    return Position(row.due_at, row.report_id, row.stage, row.opened_seq)


def _overdue(row: Any, rules: Reference, now: datetime) -> OverdueClock:
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


def _working_days_since(row: Any, rules: Reference, now: datetime) -> int | None:
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
    session: AsyncSession, params: StatisticsParams, client: Client, references: References, *, now: datetime
) -> ClockStatistics:
    past.check_as_of(params.as_of, now)
    scope = await reach_of(session, client)
    agencies = None if params.agency is None else await known_subtree(session, params.agency)
    filters = Filters(params.stage, None, agencies)
    if params.as_of is None:
        counts = past.as_counts(await queries.counts(session, filters, scope, now=now))
    else:
        counts = await (await past.past_at(session, references, params.as_of, scope)).counts(filters)
    items = [
        StageCounts(
            stage=stage, **asdict(found), share_late=found.share_late, share_entered_late=found.share_entered_late
        )
        for stage, found in sorted(counts.items())
    ]
    return ClockStatistics(as_of=params.as_of or now, formula=FORMULA, denominator=DENOMINATOR, items=items)
