"""Counts and lists as they were known at an instant of the past.

Reports that nothing was recorded about since, and whose rules are those of then, are counted where they are stored, in
one statement. The others are computed anew from what had been recorded by then, page by page, so in bounded memory.
Both are exact; but who may see a report, and which agencies lie below another, is asked of the present.
"""

import asyncio
import heapq
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import ClockOutcome, ClockState
from shared.domain.lifecycle import Status
from shared.errors import DomainError, Invalid
from shared.log import events, payloads
from shared.log.events import Event
from shared.queries.reach import Reach
from sla_monitor import deadlines, known
from sla_monitor.clock import Clock
from sla_monitor.clocks import queries
from sla_monitor.clocks.queries import Filters, Position, Then
from sla_monitor.known import Swept
from sla_monitor.reference.past import PastRules, Rules
from sla_monitor.reference.service import Reference, References

logger = logging.getLogger(__name__)

PAGE = 500


def check_as_of(as_of: datetime | None, now: datetime) -> None:
    """Raises Invalid: nobody knows the future."""
    if as_of is not None and as_of > now:
        raise Invalid(
            "as_of lies in the future; nothing is known of it.", pointer="query/as_of", code="as_of_in_future"
        )


@dataclass(slots=True)
class Counts:
    """Of the clocks of one stage."""

    total: int = 0
    met: int = 0
    late: int = 0
    late_running: int = 0
    pending: int = 0
    cancelled: int = 0
    entered_late: int = 0

    def add(self, other: "Counts") -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def share_entered_late(self) -> float | None:
        return self.entered_late / self.late if self.late else None

    @property
    def share_late(self) -> float | None:
        return self.late / (self.met + self.late) if self.met + self.late else None


def as_counts(rows: Iterable[Row[Any]]) -> dict[str, Counts]:
    return {row.stage: Counts(**{one.name: getattr(row, one.name) for one in fields(Counts)}) for row in rows}


class Overdue(NamedTuple):
    """A clock that was running past its due instant; in the order of the list."""

    due_at: datetime
    report_id: UUID
    stage: str
    opened_seq: int
    round: int
    agency_code: str | None
    due_on: date | None
    policy_code: str
    time_zone: str
    tracking_number: str
    breached_at: datetime | None = None
    level: int = 0
    status: Status = Status.RECEIVED

    @property
    def place(self) -> Position:
        return Position(*self[:4])


@dataclass(frozen=True, slots=True)
class _Report:
    """A report that is not any more what it was."""

    id: UUID
    tracking_number: str
    policy: str
    clocks: Sequence[Clock]
    standings: Mapping[known.Key, Swept]

    def chosen(self, filters: Filters) -> Iterator[Clock]:
        for clock in self.clocks:
            if filters.stage not in (None, clock.stage):
                continue
            if filters.agencies is not None and clock.agency not in filters.agencies:
                continue
            if filters.level in (None, self.standing(clock).level):
                yield clock

    def standing(self, clock: Clock) -> Swept:
        return self.standings.get((clock.stage, clock.opened_seq), known.NOTHING_DONE)

    def overdue(self, clock: Clock, due_at: datetime) -> Overdue:
        return Overdue(
            due_at, self.id, clock.stage, clock.opened_seq, clock.round, clock.agency, clock.due_on, self.policy,
            clock.time_zone, self.tracking_number,
        )  # fmt: skip


async def past_at(session: AsyncSession, references: References, instant: datetime, scope: Reach) -> "Past":
    return Past(session, instant, await PastRules(session, references).at(instant), scope)


@dataclass(frozen=True, slots=True)
class Past:
    session: AsyncSession
    instant: datetime
    of: Rules
    scope: Reach
    then: Then = field(init=False)

    def __post_init__(self) -> None:
        later = (self.of.later_policies, self.of.later_limits)
        object.__setattr__(self, "then", Then(self.instant, self.of.reference.calendar_id, *later))

    @property
    def rules(self) -> Reference:
        return self.of.reference

    async def counts(self, filters: Filters) -> dict[str, Counts]:
        rows = await queries.counts(self.session, filters, self.scope, now=self.instant, unmoved=self.then)
        found = as_counts(rows)
        async for report in self._moved():
            for clock in report.chosen(filters):
                found.setdefault(clock.stage, Counts()).add(_count(clock, self.instant))
        return found

    async def overdue(self, filters: Filters, *, after: Position | None, limit: int) -> Sequence[Overdue]:
        rows = await queries.overdue(
            self.session, filters, self.scope, now=self.instant, after=after, limit=limit, unmoved=self.then
        )
        first = [Overdue(**{name: getattr(row, name) for name in Overdue._fields}) for row in rows]
        async for report in self._moved():
            late = [
                report.overdue(clock, clock.due_at)
                for clock in report.chosen(filters)
                if clock.due_at is not None and _is_late_running(clock, self.instant)
            ]
            if late:
                late = [one for one in late if after is None or one.place > after]
                first = heapq.nsmallest(limit, [*first, *late], key=lambda one: one.place)
        return await self._as_known(first)

    async def _moved(self) -> AsyncIterator[_Report]:
        after: UUID | None = None
        while page := await queries.moved(self.session, self.then, self.scope, after=after, limit=PAGE):
            after = page[-1][0]
            histories = await events.histories(self.session, [report_id for report_id, _ in page])
            # In a thread, so that the monitor answers others and sweeps meanwhile.
            for report in await asyncio.to_thread(self._reports, page, histories):
                yield report

    def _reports(
        self, page: Sequence[tuple[UUID, str]], histories: Mapping[UUID, Sequence[Event]]
    ) -> Sequence[_Report]:
        found = []
        for report_id, number in page:
            try:
                found.append(self._report(report_id, number, known.known(histories[report_id], self.instant)))
            except DomainError:
                raise
            except Exception as error:  # it has no clocks in the present either
                logger.warning("no clocks", extra={"report_id": str(report_id), "error": type(error).__name__})
        return found

    def _report(self, report_id: UUID, number: str, history: Sequence[Event]) -> _Report:
        rules = self.rules
        policy = rules.policy_of(history)
        clocks = deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits)
        return _Report(report_id, number, policy.code, clocks, known.standings(history))

    async def _as_known(self, rows: Sequence[Overdue]) -> list[Overdue]:
        """With status and level as they were."""
        histories = await events.histories(self.session, {row.report_id for row in rows})
        shown = []
        for row in rows:
            history = known.known(histories[row.report_id], self.instant)
            standing = known.standings(history).get((row.stage, row.opened_seq), known.NOTHING_DONE)
            status, _ = payloads.fold(event.placed for event in history)
            shown.append(row._replace(status=status, breached_at=standing.breached_at, level=standing.level))
        return shown


def _is_late_running(clock: Clock, at: datetime) -> bool:
    return clock.state is ClockState.RUNNING and clock.due_at is not None and clock.due_at <= at


def _count(clock: Clock, at: datetime) -> Counts:
    running_late = _is_late_running(clock, at)
    late = running_late or clock.outcome is ClockOutcome.LATE
    return Counts(
        total=1,
        met=clock.outcome is ClockOutcome.MET,
        late=late,
        late_running=running_late,
        pending=clock.state in (ClockState.RUNNING, ClockState.PAUSED) and not running_late,
        cancelled=clock.state is ClockState.CANCELLED and clock.outcome is ClockOutcome.PENDING,
        entered_late=late and clock.due_at is not None and clock.due_at <= clock.opened_recorded_at,
    )
