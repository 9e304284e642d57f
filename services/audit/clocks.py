"""Clocks computed anew by the same function, and compared with those that are stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from services.audit.files import File, Findings, Found
from shared.domain.clocks import OPEN
from sla_monitor import deadlines
from sla_monitor.calendars import Calendar
from sla_monitor.clock import Clock
from sla_monitor.policy import Policy
from sla_monitor.recompute.queries import Recorded
from sla_monitor.recompute.rows import as_stored
from sla_monitor.reference.service import Reference

#: Days that an agency ever limited itself to; a clock that had ended keeps the limit that it ended under.
Limits = Mapping[tuple[str, str], frozenset[int]]
Key = tuple[str, int]


@dataclass(frozen=True)
class Rules:
    """What clocks are computed by."""

    reference: Reference
    calendars: Mapping[int, Calendar]
    limits: Limits
    unfinished: bool  #: clocks are being computed anew, because a rule changed
    now: datetime


def compared(file: File, rules: Rules | None) -> Findings:
    """Nothing can be said before there are rules; or while what happened is still on its way to the monitor."""
    if rules is None:
        return
    known = min((clock.computed_seq for clock in file.clocks), default=0)
    if known < file.report["fact_seq"]:
        if not file.awaits_monitor:
            yield Found(None, "its clocks do not know its last events, and none is on its way to sla_monitor")
        return
    if any(clock.computed_seq > file.report["head_seq"] for clock in file.clocks):
        yield Found(None, "its clocks know of more events than there are")
        return
    calendar_id = file.clocks[0].calendar_id
    if (calendar := rules.calendars.get(calendar_id)) is None:
        yield Found(None, f"its clocks are of calendar {calendar_id}, which is not there")
        return
    try:
        policy = rules.reference.policy_of(file.history)
        computed = deadlines.clocks(file.history, policy, calendar, local_limits=rules.reference.local_limits)
    except Exception as error:  # whatever it is, the monitor could not compute them either
        yield Found(None, f"its clocks cannot be computed from its events ({type(error).__name__})")
        return
    yield from _Comparison(file, rules, policy, calendar, calendar_id).of(computed)


@dataclass(frozen=True)
class _Comparison:
    file: File
    rules: Rules
    policy: Policy
    calendar: Calendar
    calendar_id: int

    def of(self, computed: Sequence[Clock]) -> Findings:
        stored = {(clock.stage, clock.opened_seq): clock for clock in self.file.clocks}
        for clock in computed:
            row = stored.pop((clock.stage, clock.opened_seq), None)
            if row is None:
                yield Found(clock.opened_seq, f"its clock {clock.stage} is not there")
            elif differing := self._differing(clock, row):
                yield Found(clock.opened_seq, f"{', '.join(differing)} of its clock {clock.stage} were changed")
            elif row.state in OPEN and self._is_outdated():
                yield Found(clock.opened_seq, f"its clock {clock.stage} is of a calendar that was replaced")
        for stage, opened_seq in stored:
            yield Found(opened_seq, f"its clock {stage} does not follow from its events")

    def _differing(self, clock: Clock, row: Row[Any]) -> list[str]:
        found = self._columns(clock, row)
        if found and row.days != clock.days and (row.state not in OPEN or self.rules.unfinished):
            other = self._under_the_limit_of_then(clock, row.days)
            found = found if other is None else self._columns(other, row)
        return found

    def _columns(self, clock: Clock, row: Row[Any]) -> list[str]:
        expected = as_stored(clock, self._recorded(clock), self.rules.now) | {
            "policy_code": self.policy.code,
            "calendar_id": self.calendar_id,
            "imported": self.file.is_imported,
        }
        return [column for column, value in expected.items() if getattr(row, column) != value]

    def _recorded(self, clock: Clock) -> Iterable[Recorded]:
        return (
            Recorded(step.id, step.step_code, step.kind, step.level, step.step_at)
            for step in self.file.escalations.values()
            if (step.stage, step.opened_seq) == (clock.stage, clock.opened_seq) and step.revoked_at is None
        )

    def _under_the_limit_of_then(self, clock: Clock, days: int) -> Clock | None:
        """The same clock with a limit that its agency had at some time, or when it had none yet."""
        agency = clock.agency or ""
        if days != clock.limit.days and days not in self.rules.limits.get((agency, clock.stage), ()):
            return None
        limits = {agency: {clock.stage: days}}
        again = deadlines.clocks(self.file.history, self.policy, self.calendar, local_limits=limits)
        return next(one for one in again if (one.stage, one.opened_seq) == (clock.stage, clock.opened_seq))

    def _is_outdated(self) -> bool:
        """A new calendar reaches every open clock that can be computed with it."""
        reference = self.rules.reference
        if self.calendar_id == reference.calendar_id or self.rules.unfinished:
            return False
        try:
            deadlines.clocks(self.file.history, self.policy, reference.calendar, local_limits=reference.local_limits)
        except Exception:
            return False
        return True
