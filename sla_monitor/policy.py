"""A policy: which clocks there are, what starts, pauses and stops them, how long they run, who is told. Pure data.

`sla_monitor/policy_documents.py` reads it from JSON; `sla_monitor/deadlines.py` interprets it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from shared.domain.clocks import OnDue, StepKind
from shared.domain.lifecycle import Level
from shared.domain.wording import Wording
from shared.errors import Conflict


class Unit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class Mark(StrEnum):
    """How certain a rule is: primary text or two sources, one source, inferred, or given by the authorities."""

    CERTAIN = "C"
    ONE_SOURCE = "S"
    INFERRED = "I"
    SEEDS = "seeds"


@dataclass(frozen=True, slots=True)
class Condition:
    """Every named field has one of the allowed values; an empty condition always holds."""

    allowed: tuple[tuple[str, frozenset[Any]], ...] = ()

    def holds(self, data: Mapping[str, Any]) -> bool:
        # Most conditions are empty, and this runs for every clock of a recomputation.
        return not self.allowed or all(data.get(name) in values for name, values in self.allowed)


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event that does something to a clock."""

    event: str
    where: Condition = Condition()  # of the event's data


@dataclass(frozen=True, slots=True)
class Limit:
    """How long, for the reports whose facts (class, supervisory) meet the condition."""

    days: int
    unit: Unit
    when: Condition
    legal_basis: Wording
    mark: Mark


@dataclass(frozen=True, slots=True)
class Due:
    """What becoming due does, if the data of the opening event meets the condition."""

    action: OnDue
    when: Condition


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder of a stage; its recipients as roles, by the level of the holder."""

    offset: int  # in working days from the due instant; 0 is that instant
    level: int
    kind: StepKind
    recipients: Mapping[Level, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The rules of one kind of clock. Compared by identity, so that it is a cheap key."""

    name: str
    label: Wording
    starts: tuple[Trigger, ...]
    stops: tuple[Trigger, ...]
    cancels: tuple[Trigger, ...]
    resumes: tuple[Trigger, ...]  # runs on after a stop; the time in between is a pause
    pauses: frozenset[str]  # statuses
    limits: tuple[Limit, ...]  # the first whose condition holds; the last one always holds
    on_due: tuple[Due, ...]  # likewise
    steps: tuple[Step, ...]
    legal_basis: Wording
    start_mark: Mark

    def limit(self, facts: Mapping[str, Any]) -> Limit:
        for limit in self.limits[:-1]:
            if limit.when.holds(facts):
                return limit
        return self.limits[-1]

    def action(self, opening: Mapping[str, Any]) -> OnDue:
        for due in self.on_due[:-1]:
            if due.when.holds(opening):
                return due.action
        return self.on_due[-1].action


class Effect(StrEnum):
    CANCEL = "cancel"
    STOP = "stop"
    RESUME = "resume"
    START = "start"


class Rule(NamedTuple):
    stage: Stage
    effect: Effect
    where: Condition


@dataclass(frozen=True)
class Policy:
    code: str
    name: Wording
    legal_basis: str
    active: bool
    effective_from: date | None  # None: since ever
    cuti_bersama_off: bool
    new_round: frozenset[str]  # event types
    stages: Mapping[str, Stage]
    #: What an event does, by its type: first what ends a clock, then what begins one.
    endings: Mapping[str, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    beginnings: Mapping[str, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    #: The facts of a report that limits depend on.
    facts: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        stages = tuple(self.stages.values())
        endings = _rules(stages, (Effect.CANCEL, Effect.STOP))
        object.__setattr__(self, "endings", endings)
        object.__setattr__(self, "beginnings", _rules(stages, (Effect.RESUME, Effect.START)))
        facts = (name for stage in stages for limit in stage.limits for name, _ in limit.when.allowed)
        object.__setattr__(self, "facts", frozenset(facts))


def _rules(stages: Iterable[Stage], effects: Sequence[Effect]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for stage in stages:
        triggers = {
            Effect.CANCEL: stage.cancels,
            Effect.STOP: stage.stops,
            Effect.RESUME: stage.resumes,
            Effect.START: stage.starts,
        }
        for effect in effects:
            for trigger in triggers[effect]:
                found.setdefault(trigger.event, []).append(Rule(stage, effect, trigger.where))
    return {event: tuple(rules) for event, rules in found.items()}


class NoPolicy(Conflict):
    code = "no_policy"


def in_force(policies: Iterable[Policy], received_on: date) -> Policy:
    """The policy that a report keeps for life: the latest active one in force on the day it was received.

    A report older than every policy falls under the oldest. Raises NoPolicy if none is active.
    """
    active = sorted(
        (policy for policy in policies if policy.active), key=lambda policy: policy.effective_from or date.min
    )
    if not active:
        raise NoPolicy("No policy is active; activate one before reports can have deadlines.")
    begun = [policy for policy in active if (policy.effective_from or date.min) <= received_on]
    return begun[-1] if begun else active[0]
