"""A report as routing_service moves it through its life: one gate, and the event that tells of the move. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from routing_service.registry.tree import Tree
from shared.domain.codes import ReturnReason
from shared.domain.lifecycle import Action, Classification, Holder, Level, Status, move
from shared.domain.regions import province_of, regency_of
from shared.log.digests import of_verified_title
from shared.log.events import Draft, Event, EventType


@dataclass(slots=True)
class Case:
    """What routing_service may change of a report, read under the lock of its chain, and what it decides by."""

    id: UUID
    tracking_number: str
    salt: bytes
    title: str
    region: str | None
    target_agency: str | None
    imported: bool
    received_at: datetime

    status: Status
    holder: Holder
    agency: str | None
    held_from: Status | None
    round: int
    classification: Classification
    supervisory: bool
    category: str | None
    anonymous: bool
    secret: bool
    verified_title: str | None
    published_at: datetime | None
    subject: str | None = None
    merged_into: UUID | None = None
    merged_from: Status | None = None
    merged_at: datetime | None = None


EVENT_OF: Mapping[Action, EventType] = MappingProxyType(
    {
        Action.ENTRUST: EventType.REPORT_ENTRUSTED,
        Action.VERIFY: EventType.REPORT_VERIFIED,
        Action.FORWARD: EventType.REPORT_FORWARDED,
        Action.DISPOSE: EventType.REPORT_ASSIGNED,
        Action.ANSWER: EventType.REPORT_ANSWERED,
        Action.REDIRECT: EventType.REPORT_REDIRECTED,
        Action.RETURN: EventType.REPORT_RETURNED,
        Action.HOLD: EventType.REPORT_HELD,
        Action.RESUME: EventType.REPORT_RESUMED,
        Action.RESPOND: EventType.REPORT_RESPONDED,
        Action.RESPOND_FINAL: EventType.REPORT_ANSWERED,
        Action.PUT_RIGHT: EventType.REPORT_RESPONDED,  # from answered: the reporter's time to react starts anew
        Action.CONTINUE: EventType.REPORT_REOPENED,
        Action.CLOSE: EventType.REPORT_CLOSED,
        Action.REOPEN: EventType.REPORT_REOPENED,
        Action.ARCHIVE: EventType.REPORT_ARCHIVED,
        Action.ARCHIVE_UNCOMPLETED: EventType.REPORT_ARCHIVED,
        Action.APPEAL: EventType.REPORT_APPEALED,
        Action.WITHDRAW: EventType.REPORT_WITHDRAWN,
        Action.CARRY_OUT_WITHDRAWAL: EventType.REPORT_WITHDRAWN,
        Action.MERGE: EventType.REPORT_MERGED,
        Action.UNMERGE: EventType.REPORT_UNMERGED,
    }
)
_PUBLISHING = frozenset({Action.FORWARD, Action.DISPOSE, Action.REDIRECT})
#: What was public before an archiving is not public again because its reporter objects.
_HIDING = frozenset({Action.ARCHIVE, Action.ARCHIVE_UNCOMPLETED, Action.APPEAL})
#: What is held stays held while it is merged.
_APART = frozenset({Action.MERGE, Action.UNMERGE})
#: The report comes back to whoever had it, who may have ended meanwhile.
TAKING_UP = frozenset({Action.RESUME, Action.CONTINUE, Action.REOPEN, Action.UNMERGE, Action.APPEAL, Action.RETURN})
_NEW_ROUND = frozenset({Action.CONTINUE, Action.REOPEN})


def take(
    case: Case,
    action: Action,
    *,
    tree: Tree,
    actor: str,
    at: datetime,
    on: datetime | None = None,
    holder: Holder | None = None,
    details: Mapping[str, Any] | None = None,
) -> Draft:
    """Move the case through the gate, with `holder` holding it from now on; the status event of the move.

    Raises IllegalTransition (409). `tree` knows the agency of the holder. `on`: when whoever gets it must be in
    service, if that is not when the move counts. `left_by_its_agency` is asked next.
    """
    before = case.status
    case.status = move(action, before, holder=case.holder, held_from=case.held_from, merged_from=case.merged_from)
    if action is Action.HOLD:
        case.held_from = before
    elif action not in _APART:
        case.held_from = None
    extra = dict(details or {})
    if action in TAKING_UP:
        holder = tree.in_office(holder or case.holder, on or at)
        if case.status is Status.ASSIGNED and holder.level is not Level.AGENCY:
            holder = None
        elif action is not Action.RETURN and holder != case.holder:
            extra["previous_agency"] = case.holder.agency
    if holder is not None:
        case.holder = holder
        case.agency = holder.agency if holder.level is Level.AGENCY else None
    if action in _PUBLISHING and case.published_at is None:
        case.published_at = at
    elif action in _HIDING:
        case.published_at = None
    if before is Status.MERGED:
        case.merged_into = case.merged_from = case.merged_at = None
    if action in _NEW_ROUND:
        case.round += 1
        extra["round"] = case.round
    time_zone, region = tree.zone(case.holder, case.region)
    data = {
        "from": before.value,
        "to": case.status.value,
        "holder": case.holder.as_data(),
        "agency": case.agency,
        "time_zone": time_zone,
        "province": province_of(region),
        "regency": regency_of(region),
        "published_at": case.published_at and case.published_at.isoformat(),
    }
    return Draft(EVENT_OF[action], at, actor, data | extra)


def left_by_its_agency(case: Case, *, tree: Tree, actor: str, at: datetime, on: datetime) -> Draft | None:
    """The return of a report that is assigned to an agency which has ended, and which nobody took over from."""
    if case.status is not Status.ASSIGNED or tree.in_office(case.holder, on).level is Level.AGENCY:
        return None
    details = {
        "reason": ReturnReason.AGENCY_ENDED.value,
        "previous_agency": case.holder.agency,
        "suggested_agency": None,
    }
    return take(case, Action.RETURN, tree=tree, actor=actor, at=at, on=on, holder=case.holder, details=details)


def corrected_details(case: Case) -> dict[str, Any]:
    """What the event of a correction says of the report."""
    return {
        "classification": case.classification.value,
        "supervisory": case.supervisory,
        "category": case.category,
        "subject": case.subject,
    }


def verified_details(case: Case) -> dict[str, Any]:
    """What the event of a verification says of the report."""
    digests = {"title": of_verified_title(case.salt, case.verified_title)}
    return corrected_details(case) | {"anonymous": case.anonymous, "secret": case.secret, "digests": digests}


def moves_status(type: EventType, data: Mapping[str, Any]) -> bool:
    return type is EventType.REPORT_RECEIVED or "to" in data


def latest_move(history: Sequence[Event]) -> Event:
    """The last event that speaks of the status: it opened, or carried on, the stage that the report is in."""
    return next(event for event in reversed(history) if moves_status(event.type, event.data))
