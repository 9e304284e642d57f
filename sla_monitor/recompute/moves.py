"""Which deadlines moved because the rules changed, and by what. No I/O.

A clock that moves because something happened to its report is no matter here: only what the same events led to under
the rules of before and lead to under the present ones.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from shared.domain.clocks import ClockState, Lateness
from shared.log.payloads import Logged
from shared.log.payloads.codes import ChangedRule
from sla_monitor import deadlines
from sla_monitor.clock import Clock
from sla_monitor.policy import Policy
from sla_monitor.reference.service import Reference

Key = tuple[str, int]  # stage, opened_seq


class Reason(NamedTuple):
    """What changed: the calendar by its id, the policy by its code, the limit by its agency and stage."""

    kind: ChangedRule
    id: int | str


class Before(NamedTuple):
    """What is stored of a clock."""

    stage: str
    opened_seq: int
    due_at: datetime | None
    days: int | None  # None: stored by a release that did not know it
    policy_code: str
    calendar_id: int
    computed_seq: int


class Move(NamedTuple):
    stage: str
    opened_seq: int
    agency: str | None
    state: ClockState | None  # None: the policy has no such clock any more
    stopped_at: datetime | None
    old_due_at: datetime | None
    new_due_at: datetime | None
    reason: Reason

    def becomes(self, now: datetime) -> Lateness | None:
        """None: it stays what it is."""
        until = self.stopped_at or now
        was, is_ = (due_at is not None and due_at <= until for due_at in (self.old_due_at, self.new_due_at))
        if was == is_:
            return None
        return Lateness.LATE if is_ else Lateness.IN_TIME


def moves(
    history: Sequence[Logged], stored: Sequence[Before], clocks: Iterable[Clock], policy: Policy, reference: Reference
) -> list[Move]:
    """The stored clocks whose due instant is another one under the present rules.

    Of those that have ended only the ones that thereby turn out to have been late, or not to have been.
    """
    now = {(clock.stage, clock.opened_seq): clock for clock in clocks}
    suspects = [
        (before, reason)
        for before in stored
        if (reason := _reason(before, now.get((before.stage, before.opened_seq)), policy, reference)) is not None
    ]
    if not suspects:
        return []
    known = _as_known(history, min(before.computed_seq for before in stored), now, policy, reference)
    found = []
    for before, reason in suspects:
        clock = known.get((before.stage, before.opened_seq))
        due_at = None if clock is None else clock.due_at
        if due_at != before.due_at:
            move = _move(before, clock, reason)
            if move.stopped_at is None or move.becomes(move.stopped_at) is not None:
                found.append(move)
    return found


def _move(before: Before, clock: Clock | None, reason: Reason) -> Move:
    gone = (None, None, None, None)
    agency, state, stopped_at, due_at = (
        gone if clock is None else (clock.agency, clock.state, clock.stopped_at, clock.due_at)
    )
    return Move(before.stage, before.opened_seq, agency, state, stopped_at, before.due_at, due_at, reason)


def _reason(before: Before, clock: Clock | None, policy: Policy, reference: Reference) -> Reason | None:
    """Which rule is another one than when the clock was stored; None: no rule is."""
    if before.policy_code != policy.code:
        return Reason(ChangedRule.POLICY, policy.code)
    if before.calendar_id != reference.calendar_id:
        return Reason(ChangedRule.CALENDAR, reference.calendar_id)
    if clock is None or before.days is None or before.days == clock.days:
        return None
    return Reason(ChangedRule.LIMIT, f"{clock.agency}/{clock.stage}")


def _as_known(
    history: Sequence[Logged], seq: int, now: dict[Key, Clock], policy: Policy, reference: Reference
) -> dict[Key, Clock]:
    """The clocks under the present rules as far as the stored ones knew the history."""
    known = [event for event in history if event.seq <= seq]
    if len(known) == len(history) or all(event.type.startswith("clock.") for event in history[len(known) :]):
        return now
    clocks = deadlines.clocks(known, policy, reference.calendar, local_limits=reference.local_limits)
    return {(clock.stage, clock.opened_seq): clock for clock in clocks}
