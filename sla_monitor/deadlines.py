"""The clocks of a report, as a pure function of its events: no I/O, no current time.

    clocks(events, policy, calendar) -> list[Clock]

The policy says what starts, pauses, stops and cancels each clock, the calendar which days count. The same events give
the same clocks in whatever order they are handed in: they are taken by `(occurred_at, seq)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.clocks import ClockOutcome, ClockState
from shared.domain.lifecycle import Level
from shared.domain.regions import time_zone_of
from shared.log.payloads import EventType, Logged
from sla_monitor.calendars import Calendar
from sla_monitor.clock import Clock
from sla_monitor.day_rules import LadderStep, Pause, Terms, local_ordinal, schedule
from sla_monitor.policy import Effect, Limit, Policy, Rule, Stage

DEFAULT_ZONE = time_zone_of(None)  # where neither an agency nor a region says otherwise

#: An event that takes another one back. The clocks that this one cancelled run as if it had not happened; the time in
#: between counts, unless the policy pauses a stage in the status that it led to.
TAKES_BACK = {EventType.REPORT_UNMERGED: EventType.REPORT_MERGED}
_TAKEN_BACK = frozenset(TAKES_BACK.values())

#: Days by agency code and stage. Only what is stricter than the policy counts.
LocalLimits = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class LoggedEvent(Logged):
    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    data: Mapping[str, Any]


def clocks(
    events: Iterable[Logged], policy: Policy, calendar: Calendar, *, local_limits: LocalLimits | None = None
) -> list[Clock]:
    """Every clock that the events opened, in the order of opening.

    Events that the policy does not name, the monitor's own among them, change nothing. Raises CalendarYearMissing if a
    count leaves the calendar.
    """
    history = _History(policy)
    for event, at in _in_order(events):
        history.take(event, at)
    return [history.clock(run, calendar, local_limits) for run in history.runs]


def _in_order(events: Iterable[Logged]) -> list[tuple[Logged, datetime]]:
    """The events by the instant that counts, which is never before the report was received.

    A `received_at` may lie a little in the future, since the clocks of channels differ; no action may precede it.
    """
    known = sorted(events, key=lambda event: event.seq)
    if not known:
        return []
    received_at = known[0].occurred_at
    timed = [(event, max(event.occurred_at, received_at)) for event in known]
    timed.sort(key=lambda pair: pair[1])  # stable: equal instants stay in the order of seq
    return timed


class _Run:
    """A clock while the events are being read."""

    __slots__ = (
        "action",
        "agency",
        "cancelled",
        "cut",
        "event",
        "facts",
        "holder",
        "paused",
        "pauses",
        "place",
        "round",
        "stage",
        "started_at",
        "stop",
        "stopped_at",
        "zone",
    )

    def __init__(self, stage: Stage, event: Logged, at: datetime, history: "_History") -> None:
        self.stage = stage
        self.event = event
        self.started_at = at
        self.round = history.round
        self.zone = history.zone
        self.place = history.place
        self.action = stage.action(event.data)
        self.facts: Mapping[str, Any] = {}
        self.holder = history.holder
        self.agency: str | None = None
        self.paused: Pause | None = None
        self.pauses: list[Pause] = []
        self.stop: Logged | None = None
        self.stopped_at: datetime | None = None
        self.cancelled = False
        self.cut: Pause | None = None  # the pause that was open when it was cancelled

    def end_pause(self, at: datetime) -> None:
        if self.paused is not None:
            self.pauses.append(self.paused._replace(ended_at=at))
            self.paused = None

    def run_on(self, at: datetime) -> None:
        """After a stop: the time in between, under the status that the stop led to, becomes a pause."""
        if self.stop is not None and self.stopped_at is not None:
            status = self.stop.placed.status if self.stop.placed is not None else self.stop.type
            self.pauses.append(Pause(self.stopped_at, at, status, self.stop.seq))
        self.stop = self.stopped_at = None

    def take_back(self, status: str, at: datetime) -> None:
        """It was cancelled by mistake: the time in between is a pause, or counts like any other."""
        if self.stop is not None and self.stopped_at is not None and status in self.stage.pauses:
            self.pauses.append(Pause(self.stopped_at, at, status, self.stop.seq))
        elif self.cut is not None:
            self.pauses.pop()  # it went on all the time
            self.paused = self.cut
        self.stop = self.stopped_at = self.cut = None
        self.cancelled = False


class _History:
    """What the events said so far, and the clocks they opened."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.runs: list[_Run] = []
        self.running: dict[str, _Run] = {}  # by stage
        self.stopped: dict[str, _Run] = {}  # the last of each stage, for those that run on after a stop
        self.cancelled: list[_Run] = []  # by the last event that can be taken back
        self.facts: Mapping[str, Any] = {}
        self.status: str | None = None
        self.holder = Level.NATIONAL
        self.agency: str | None = None
        self.zone = DEFAULT_ZONE
        self.place: str | None = None
        self.round = 1

    def take(self, event: Logged, at: datetime) -> None:
        """End clocks under the old holder and facts, then learn the new ones, then begin clocks."""
        data = event.data
        if event.type in _TAKEN_BACK:
            self.cancelled = []
        before = self.status
        for rule in self.policy.endings.get(event.type, ()):
            if rule.stage.name in self.running and rule.where.holds(data):
                self._end(rule, event, at)
        self._learn(event, at)
        if event.type in TAKES_BACK:
            self._take_back(event, at, before or "")
        for rule in self.policy.beginnings.get(event.type, ()):
            if rule.stage.name not in self.running and rule.where.holds(data):
                self._begin(rule, event, at)

    def _end(self, rule: Rule, event: Logged, at: datetime) -> None:
        run = self.running.pop(rule.stage.name)
        run.cut = run.paused
        run.end_pause(at)
        run.stop, run.stopped_at = event, at
        run.facts, run.holder, run.agency = self.facts, self.holder, self.agency
        run.cancelled = rule.effect is Effect.CANCEL
        if not run.cancelled:
            self.stopped[rule.stage.name] = run
        elif event.type in _TAKEN_BACK:
            self.cancelled.append(run)

    def _take_back(self, event: Logged, at: datetime, status: str) -> None:
        for run in self.cancelled:
            run.take_back(status, at)
            if run.paused is None:
                self._pause(run, event, at)
            self.running[run.stage.name] = run
        self.cancelled = []

    def _learn(self, event: Logged, at: datetime) -> None:
        data = event.data
        if not self.policy.facts.isdisjoint(data):
            self.facts = {**self.facts, **{name: data[name] for name in self.policy.facts if name in data}}
        if event.type in self.policy.new_round:
            self.round += 1
        placed = event.placed
        if placed is None:
            return
        self.holder, self.agency = placed.holder.level, placed.holder.agency
        if placed.time_zone:
            self.zone, self.place = placed.time_zone, placed.regency or placed.province
        if placed.status != self.status:
            self.status = placed.status
            for run in self.running.values():
                run.end_pause(at)
                self._pause(run, event, at)

    def _pause(self, run: _Run, event: Logged, at: datetime) -> None:
        if self.status is not None and self.status in run.stage.pauses:
            run.paused = Pause(at, None, self.status, event.seq)

    def _begin(self, rule: Rule, event: Logged, at: datetime) -> None:
        name = rule.stage.name
        if rule.effect is Effect.START:
            run = _Run(rule.stage, event, at, self)
            self.runs.append(run)
        elif name in self.stopped:
            run = self.stopped.pop(name)
            run.run_on(at)
        else:
            return
        self._pause(run, event, at)
        self.running[name] = run

    def clock(self, run: _Run, calendar: Calendar, local_limits: LocalLimits | None) -> Clock:
        """The clock that a run amounts to."""
        facts, holder, agency = self.facts, self.holder, self.agency
        if run.stopped_at is not None:
            facts, holder, agency = run.facts, run.holder, run.agency
        limit = run.stage.limit(facts)
        days = _stricter(limit, run.stage, agency, local_limits)
        terms = Terms(
            run.stage,
            days,
            limit.unit,
            run.zone,
            calendar.working_days(run.place, cuti_bersama_off=self.policy.cuti_bersama_off),
            holder,
        )
        pauses = run.pauses if run.paused is None else [*run.pauses, run.paused]
        due_at, due_on, steps, counted = schedule(terms, local_ordinal(run.started_at, run.zone), pauses)
        state, outcome = _standing(run, due_at)
        return Clock(
            stage=run.stage.name,
            round=run.round,
            opened_seq=run.event.seq,
            opened_recorded_at=run.event.recorded_at,
            holder=holder,
            agency=agency,
            started_at=run.started_at,
            due_at=due_at,
            due_on=due_on,
            stopped_at=run.stopped_at,
            stopped_seq=None if run.stop is None else run.stop.seq,
            state=state,
            outcome=outcome,
            time_zone=run.zone,
            place=run.place,
            pauses=counted,
            on_due=run.action,
            steps=_until(steps, run.stopped_at),
            days=days,
            unit=limit.unit,
            legal_basis=limit.legal_basis,
            limit=limit,
        )


def _stricter(limit: Limit, stage: Stage, agency: str | None, local_limits: LocalLimits | None) -> int:
    if local_limits is None or agency is None:
        return limit.days
    return min(limit.days, local_limits.get(agency, {}).get(stage.name, limit.days))


def _standing(run: _Run, due_at: datetime | None) -> tuple[ClockState, ClockOutcome]:
    if run.stopped_at is None:
        return ClockState.PAUSED if due_at is None else ClockState.RUNNING, ClockOutcome.PENDING
    state, in_time = (
        (ClockState.CANCELLED, ClockOutcome.PENDING) if run.cancelled else (ClockState.STOPPED, ClockOutcome.MET)
    )
    late = due_at is not None and run.stopped_at >= due_at
    return state, ClockOutcome.LATE if late else in_time


def _until(steps: tuple[LadderStep, ...], stopped_at: datetime | None) -> tuple[LadderStep, ...]:
    """The steps that the clock lived to see. A stop at the due instant is late, so its breach is among them."""
    if stopped_at is None or not steps or steps[-1].at <= stopped_at:
        return steps
    return tuple(step for step in steps if step.at <= stopped_at)
