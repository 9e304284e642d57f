"""What follows for a report from a fact: whether it still holds, and which action it asks for. Pure.

A fact counts against the event that put the report into its present status: what the reporter said, or a clock
measured, before that was about an earlier status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from routing_service.report.case import Case, Tells
from shared.domain.clocks import OnDue
from shared.domain.codes import ArchiveReason
from shared.domain.lifecycle import VERIFYING, Action, Status
from shared.log.events import Event, EventType
from shared.log.payloads.codes import Cause
from shared.log.payloads.intake import EvidenceAdded, ReporterRated
from shared.log.payloads.monitor import ClockElapsed
from shared.log.payloads.routing import ReportArchived, ReportClosed, ReportReopened, ReportResumed
from shared.log.remedies import accepted_withdrawal, appeal_is_used_up, reopening_ends_at, status_before


@dataclass(frozen=True, slots=True)
class Move:
    action: Action
    tells: Tells | None = None


def move_after(fact: Event, case: Case, history: Sequence[Event]) -> Move | None:
    """The move that a fact asks for; None: it holds no longer, or asks for none."""
    withdrawal = accepted_withdrawal(history)
    if withdrawal is not None:
        # Whatever officers and clocks did in the meantime, and the reporter before: the report is taken back.
        return _withdrawn(withdrawal, case, history) if fact.seq == withdrawal.seq else None
    if fact.seq <= status_since(history):
        return None
    rule = _RULES.get(fact.type)
    return None if rule is None else rule(fact, case, history)


def _withdrawn(withdrawal: Event, case: Case, history: Sequence[Event]) -> Move | None:
    """One that came while the report was merged waits until it is no longer."""
    waits = case.status is Status.MERGED and status_before(history, withdrawal) is Status.MERGED
    return None if waits or case.status is Status.WITHDRAWN else Move(Action.CARRY_OUT_WITHDRAWAL)


def status_since(history: Sequence[Event]) -> int:
    """The seq of the event that put the report into its present status.

    After an unmerge, that of the event before the merge: it is as if the report had never been merged.
    """
    status: Status | None = None
    since = 0
    before = status, since
    for event in history:
        if event.placed is None:
            continue
        if event.type is EventType.REPORT_UNMERGED:
            status, since = before
        elif event.placed.status != status:
            before = status, since
            status, since = event.placed.status, event.seq
    return since


def _after_reply(_fact: Event, case: Case, _history: Sequence[Event]) -> Move | None:
    if case.status is Status.AWAITING_REPORTER:
        return Move(Action.RESUME, partial(ReportResumed, cause=Cause.REPLY))
    return _continued(Cause.REPLY) if case.status is Status.ANSWERED else None


def _after_evidence(fact: Event, case: Case, history: Sequence[Event]) -> Move | None:
    """A file that came since the question is an answer to it, whoever asked and in whatever words; whether it proves
    anything, they see when it is ready.
    """
    waits = case.status is Status.AWAITING_REPORTER and fact.seq > status_since(history)
    return Move(Action.RESUME, partial(ReportResumed, cause=Cause.EVIDENCE)) if waits and _reporters(fact) else None


def _reporters(event: Event) -> bool:
    """Whether it is evidence that the reporter added."""
    added = event.carries(EvidenceAdded)
    return added is not None and added.by is not None


def _continued(cause: Cause) -> Move:
    return Move(Action.CONTINUE, partial(ReportReopened, cause=cause))


def _after_rating(fact: Event, case: Case, history: Sequence[Event]) -> Move | None:
    if case.status is not Status.ANSWERED:
        return None
    if _disputes(fact):
        return _continued(Cause.RATING)
    # Whoever said more after a good rating is not done yet; what was said leads on by itself.
    disputed = any(_disputes(event) for event in history if event.seq > fact.seq)
    answered_anew = _answered_since(history) > fact.seq
    return None if disputed or answered_anew else _closed(Cause.RATING)


def _closed(cause: Cause) -> Move:
    return Move(Action.CLOSE, partial(ReportClosed, cause=cause))


def _disputes(event: Event) -> bool:
    rated = event.carries(ReporterRated)
    return event.type is EventType.REPORTER_REPLIED if rated is None else rated.poor


def _after_reopening(fact: Event, case: Case, history: Sequence[Event]) -> Move | None:
    """Once, within 30 days of the closing."""
    if case.status is not Status.CLOSED or any(_was_asked_for(event) for event in history):
        return None
    closed = next(event for event in reversed(history) if event.type is EventType.REPORT_CLOSED)
    in_time = fact.occurred_at <= reopening_ends_at(closed)
    return Move(Action.REOPEN, partial(ReportReopened, cause=Cause.REOPENING)) if in_time else None


def _was_asked_for(event: Event) -> bool:
    reopened = event.carries(ReportReopened)
    return reopened is not None and reopened.cause is Cause.REOPENING


def _after_appeal(_fact: Event, case: Case, history: Sequence[Event]) -> Move | None:
    """Until an officer has decided on one. That it came in time was for intake_api to check, which took it."""
    if case.status is not Status.ARCHIVED or appeal_is_used_up(history):
        return None
    return Move(Action.APPEAL)


def _after_elapsed(fact: Event, case: Case, history: Sequence[Event]) -> Move | None:
    """A clock ran out: only that of the present status counts, and only if the reporter has said nothing since.

    The time to react begins anew with a response that puts another one right.
    """
    elapsed = fact.carries(ClockElapsed)
    assert elapsed is not None
    opened = elapsed.opened_seq
    since = _answered_since(history) if case.status is Status.ANSWERED else status_since(history)
    later = [event for event in history if event.seq > status_since(history)]
    if opened != since or any(_stands(event, opened) for event in later):
        return None
    if case.status is Status.AWAITING_REPORTER and any(_reporters(event) for event in later):
        return None
    match elapsed.action:
        case OnDue.CLOSE if case.status is Status.ANSWERED:
            return _closed(Cause.SILENCE)
        case OnDue.RESUME if case.status is Status.AWAITING_REPORTER:
            return Move(Action.RESUME, partial(ReportResumed, cause=Cause.ELAPSED))
        case OnDue.ARCHIVE if case.status is Status.AWAITING_REPORTER and case.held_from in VERIFYING:
            archived = partial(ReportArchived, reason=ArchiveReason.NEVER_COMPLETED, cause=Cause.ELAPSED)
            return Move(Action.ARCHIVE_UNCOMPLETED, archived)
    return None


def _answered_since(history: Sequence[Event]) -> int:
    """The seq of the last response that the reporter may react to; 0: there is none."""
    return next((event.seq for event in reversed(history) if event.type in _RESPONSES), 0)


_RESPONSES = frozenset({EventType.REPORT_ANSWERED, EventType.REPORT_RESPONDED})


def _stands(event: Event, opened: int) -> bool:
    """Whether the reporter has said something that asks for more than silence does.

    A good rating of a response that was put right since is void.
    """
    return _disputes(event) or (event.type is EventType.REPORTER_RATED and event.seq > opened)


_RULES = {
    EventType.REPORTER_REPLIED: _after_reply,
    EventType.EVIDENCE_ADDED: _after_evidence,
    EventType.REPORTER_RATED: _after_rating,
    EventType.REPORTER_REOPENED: _after_reopening,
    EventType.REPORTER_APPEALED: _after_appeal,
    EventType.CLOCK_ELAPSED: _after_elapsed,
}
#: The facts that may move a report.
MOVING = frozenset(_RULES) | {EventType.REPORTER_WITHDREW}
#: The facts that anything may follow from; all others are acknowledged unread.
ACTED_ON = MOVING | {EventType.REPORT_RECEIVED, EventType.PERSON_ERASED}
