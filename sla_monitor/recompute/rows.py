"""How a clock is stored: with those of its recorded steps that still stand."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from shared import schema
from shared.domain.clocks import StepKind
from shared.log.events import Event, Head
from shared.log.payloads.intake import ReportReceived
from sla_monitor.clock import Clock
from sla_monitor.policy import Policy
from sla_monitor.recompute.queries import Recorded
from sla_monitor.reference.service import Reference

#: The fields of a clock that have a column of the same name.
STORED = tuple(name for name in Clock._fields if name in schema.Clock.__table__.columns)

#: Kinds of steps that say that the deadline was missed.
_BREACHING = frozenset({StepKind.BREACH, StepKind.ESCALATION})


def sift(clock: Clock, recorded: Iterable[Recorded], now: datetime) -> tuple[list[Recorded], list[Recorded]]:
    """The recorded steps that stand, and those that do not any more.

    A step stands while its instant, as the ladder is now, has passed. It does not if the due instant moved and the step
    lies in the future again, or if the clock turns out to have stopped before it.
    """
    instants = {step.offset: step.at for step in clock.steps}
    standing: list[Recorded] = []
    revoked: list[Recorded] = []
    for step in recorded:
        at = instants.get(step.code)
        (standing if at is not None and at <= now else revoked).append(step)
    return standing, revoked


def as_stored(clock: Clock, recorded: Iterable[Recorded], now: datetime) -> dict[str, Any]:
    """The row of a clock of which these steps were carried out, without what all clocks of the report share."""
    standing, _ = sift(clock, recorded, now)
    return row_of(clock, standing)


def is_imported(received: Event) -> bool:
    said = received.carries(ReportReceived)
    return said is not None and said.imported


def common_of(head: Head, policy: Policy, reference: Reference, received: Event, computed_seq: int) -> dict[str, Any]:
    return {
        "report_id": head.report_id,
        "policy_code": policy.code,
        "calendar_id": reference.calendar_id,
        "imported": is_imported(received),
        "computed_seq": computed_seq,
    }


def row_of(clock: Clock, standing: Sequence[Recorded]) -> dict[str, Any]:
    taken = {step.code for step in standing}
    pending = ((number, step.at) for number, step in enumerate(clock.steps, 1) if step.offset not in taken)
    next_step, next_step_at = next(pending, (None, None))
    return {
        **clock.only(STORED),
        "agency_code": clock.agency,
        "step_code": [step.offset for step in clock.steps],
        "step_at": [step.at for step in clock.steps],
        "step_level": [step.level for step in clock.steps],
        "step_kind": [step.kind for step in clock.steps],
        "step_recipients": [",".join(step.recipients) for step in clock.steps],
        "next_step": next_step,
        "next_step_at": next_step_at,
        "breached_at": min((step.at for step in standing if step.kind in _BREACHING), default=None),
        "level": max((step.level for step in standing), default=0),
    }
