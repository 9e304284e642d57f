"""The clocks of one report under the rules in force and under a draft, and what they add up to. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from shared.domain.clocks import ClockOutcome, ClockState, Lateness
from shared.log.payloads import Logged
from sla_monitor import deadlines
from sla_monitor.calendars import Calendar
from sla_monitor.clock import Clock
from sla_monitor.deadlines import LocalLimits
from sla_monitor.policy import Policy

MOST_CASES = 500


class Ruling(NamedTuple):
    """What the clocks of a report are computed with."""

    policy: Policy
    calendar: Calendar
    local_limits: LocalLimits


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which clocks count."""

    agencies: Collection[str] | None
    stage: str | None

    def holds(self, clock: Clock) -> bool:
        return self.stage in (None, clock.stage) and (self.agencies is None or clock.agency in self.agencies)


@dataclass(slots=True)
class Group:
    """The clocks of one agency and stage."""

    agency: str | None
    stage: str
    clocks: int = 0
    breaches: int = 0
    clocks_under_draft: int = 0
    breaches_under_draft: int = 0
    cases_changed: int = 0


@dataclass(slots=True)
class Totals:
    """So far; goes through JSON between two batches. Of the cases the first ones are kept, all are counted."""

    groups: dict[tuple[str | None, str], Group] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)
    cases_changed: int = 0

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Totals":
        groups = [Group(**one) for one in content.get("groups", ())]
        by_key = {(one.agency, one.stage): one for one in groups}
        return cls(by_key, list(content.get("cases", ())), content.get("cases_changed", 0))

    def as_json(self) -> dict[str, Any]:
        groups = sorted(self.groups.values(), key=lambda one: (one.agency or "", one.stage))
        return {
            "groups": [asdict(one) for one in groups],
            "cases": self.cases,
            "cases_changed": self.cases_changed,
        }

    def take(
        self, named: Mapping[str, Any], history: Sequence[Logged], now: Ruling, draft: Ruling, chosen: Chosen,
        *, as_of: datetime,
    ) -> None:  # fmt: skip
        """Add one report; `named` says which it is. Raises what the computation of its clocks raises."""
        before, after = _clocks(history, now), _clocks(history, draft)
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key), after.get(key)
            clock = old or new
            if clock is not None and chosen.holds(clock):
                self._add(named, clock, old, new, as_of)

    def _add(
        self, named: Mapping[str, Any], clock: Clock, old: Clock | None, new: Clock | None, as_of: datetime
    ) -> None:
        group = self.groups.setdefault((clock.agency, clock.stage), Group(clock.agency, clock.stage))
        late, late_then = _is_late(old, as_of), _is_late(new, as_of)
        group.clocks += old is not None
        group.clocks_under_draft += new is not None
        group.breaches += late
        group.breaches_under_draft += late_then
        if late == late_then:
            return
        group.cases_changed += 1
        self.cases_changed += 1
        if len(self.cases) < MOST_CASES:
            self.cases.append({**named, **_case(clock, old, new, late_then)})


def _clocks(history: Sequence[Logged], rules: Ruling) -> dict[tuple[str, int], Clock]:
    found = deadlines.clocks(history, rules.policy, rules.calendar, local_limits=rules.local_limits)
    return {(clock.stage, clock.opened_seq): clock for clock in found}


def _is_late(clock: Clock | None, as_of: datetime) -> bool:
    if clock is None:
        return False
    running_late = clock.state is ClockState.RUNNING and clock.due_at is not None and clock.due_at <= as_of
    return running_late or clock.outcome is ClockOutcome.LATE


def _case(clock: Clock, old: Clock | None, new: Clock | None, late: bool) -> dict[str, Any]:
    return {
        "stage": clock.stage,
        "opened_seq": clock.opened_seq,
        "agency": clock.agency,
        "due_at": _due(old),
        "due_at_under_draft": _due(new),
        "stopped_at": clock.stopped_at and clock.stopped_at.isoformat(),
        "becomes": (Lateness.LATE if late else Lateness.IN_TIME).value,
    }


def _due(clock: Clock | None) -> str | None:
    return None if clock is None or clock.due_at is None else clock.due_at.isoformat()
