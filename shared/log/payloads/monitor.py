"""What sla_monitor writes: what clocks led to, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared.actors import MONITOR, ROUTING
from shared.domain.clocks import OnDue
from shared.log.payloads.codes import ChangedRule
from shared.log.payloads.parts import Part
from shared.log.payloads.payload import Payload, carried_by
from shared.log.payloads.types import EventType


@dataclass(frozen=True, kw_only=True)
class OfClock(Payload):
    """It is about one clock, which is known by its stage and the event that opened it."""

    stage: Annotated[str, "the stage of the clock, a code of the policy"]
    opened_seq: Annotated[int, "the `seq` of the event that opened the clock"]


@dataclass(frozen=True, kw_only=True)
class ClockStep(OfClock):
    """A step of a ladder."""

    agency: Annotated[str | None, "the agency whose clock it is; null: none was known yet"]
    due_at: Annotated[datetime | None, "when the clock is due, that instant excluded"]
    late_entry: Annotated[bool, "the step was overtaken, or lay before its clock was recorded"]
    level: Annotated[int, "the level of the step"]
    notify: Annotated[bool, "whether its recipients are told"]
    recipients: Annotated[tuple[str, ...], "the roles that it is addressed to"]
    round: Annotated[int, "counts the reopenings, from 1"]
    step: Annotated[int, "working days from the due instant; 0 is that instant"]


@carried_by(EventType.CLOCK_REMINDED, writer=MONITOR, followers=(ROUTING,))
class ClockReminded(ClockStep):
    """A clock will be due soon."""


@carried_by(EventType.CLOCK_BREACHED, writer=MONITOR, followers=(ROUTING,))
class ClockBreached(ClockStep):
    """A clock became due while it ran."""


@carried_by(EventType.CLOCK_ESCALATED, writer=MONITOR, followers=(ROUTING,))
class ClockEscalated(ClockStep):
    """A clock that is late reached the next step of its ladder."""


@carried_by(EventType.CLOCK_ELAPSED, writer=MONITOR, followers=(ROUTING,))
class ClockElapsed(OfClock):
    """A clock ran out that asks for an action; routing_service reads the log again and acts if it still holds."""

    action: Annotated[OnDue, "`close`, `resume` or `archive`"]
    due_at: Annotated[datetime | None, "when it was due"]


@carried_by(EventType.CLOCK_REINSTATED, writer=MONITOR, followers=(ROUTING,))
class ClockReinstated(OfClock):
    """Steps were taken back: the due instant has moved, and they lie in the future again."""

    steps: Annotated[tuple[int, ...], "the steps that were taken back"]
    due_at: Annotated[datetime | None, "when the clock is due now"]


@carried_by(EventType.CLOCK_ACKNOWLEDGED, writer=MONITOR)
class ClockAcknowledged(OfClock):
    """An officer who was told of a step answered; the words stand in `acknowledgements`."""

    step: Annotated[int, "the step"]
    escalation: Annotated[UUID, "the id of the escalation, and of the event that told of the step"]
    digest: Annotated[str, "the salted digest of the words"]


@dataclass(frozen=True, kw_only=True)
class RuleChange(Part):
    """What changed: the calendar by its id, the policy by its code, the limit by its agency and stage."""

    kind: ChangedRule
    id: int | str


@carried_by(EventType.CLOCK_MOVED, writer=MONITOR)
class ClockMoved(OfClock):
    """Another calendar, policy or limit moved the due instant."""

    old_due_at: Annotated[datetime | None, "when it was due before"]
    new_due_at: Annotated[datetime | None, "when it is due now; null: the policy has no such clock any more"]
    reason: Annotated[RuleChange, "which rule changed: `kind` and `id`"]


@carried_by(EventType.POLICY_MIGRATED, writer=MONITOR)
class PolicyMigrated(Payload):
    """The report is under another policy from now on. Its clocks were computed in the same transaction."""

    policy: Annotated[str, "the code of the policy"]
