"""A report as routing_service moves it through its life: one gate, and the event that tells of the move. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from routing_service.registry.tree import Tree
from shared.domain.codes import ReturnReason
from shared.domain.lifecycle import Action, Classification, Holder, Level, Status, move
from shared.domain.regions import province_of, regency_of
from shared.log.digests import of_verified_title
from shared.log.events import Draft, Event
from shared.log.payloads.routing import (
    Located,
    Moved,
    ReportAnswered,
    ReportAppealed,
    ReportArchived,
    ReportAssigned,
    ReportClosed,
    ReportCorrected,
    ReportEntrusted,
    ReportForwarded,
    ReportHeld,
    ReportMerged,
    ReportRedirected,
    ReportReopened,
    ReportResponded,
    ReportResumed,
    ReportReturned,
    ReportUnmerged,
    ReportVerified,
    ReportWithdrawn,
    StatusEvent,
)


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
    pinned: bool = False
    chosen_region: str | None = None  #: of `region`, what everybody may know
    found_region: str | None = None
    set_region: str | None = None
    shown_region: str | None = None
    relocated: bool = False  #: its regions have changed, and no event says so yet

    def take_located(self) -> Located | None:
        """What the next event says of its regions, once."""
        if not self.relocated:
            return None
        self.relocated = False
        return Located(found=self.found_region, by_officer=self.set_region, shown=self.shown_region)


class Tells(Protocol):
    """The payload of a status event, but for where it takes the report."""

    def __call__(self, *, moved: Moved) -> StatusEvent: ...


EVENT_OF: Mapping[Action, type[StatusEvent]] = MappingProxyType(
    {
        Action.ENTRUST: ReportEntrusted,
        Action.VERIFY: ReportVerified,
        Action.FORWARD: ReportForwarded,
        Action.DISPOSE: ReportAssigned,
        Action.ANSWER: ReportAnswered,
        Action.REDIRECT: ReportRedirected,
        Action.RETURN: ReportReturned,
        Action.HOLD: ReportHeld,
        Action.RESUME: ReportResumed,
        Action.RESPOND: ReportResponded,
        Action.RESPOND_FINAL: ReportAnswered,
        Action.PUT_RIGHT: ReportResponded,  # from answered: the reporter's time to react starts anew
        Action.CONTINUE: ReportReopened,
        Action.CLOSE: ReportClosed,
        Action.REOPEN: ReportReopened,
        Action.ARCHIVE: ReportArchived,
        Action.ARCHIVE_UNCOMPLETED: ReportArchived,
        Action.APPEAL: ReportAppealed,
        Action.WITHDRAW: ReportWithdrawn,
        Action.CARRY_OUT_WITHDRAWAL: ReportWithdrawn,
        Action.MERGE: ReportMerged,
        Action.UNMERGE: ReportUnmerged,
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
    previous_agency: str | None = None,
    on_behalf_of: str | None = None,
    tells: Tells | None = None,
) -> Draft:
    """Move the case through the gate, with `holder` holding it from now on; the status event of the move.

    Raises IllegalTransition (409). `tree` knows the agency of the holder. `on`: when whoever gets it must be in
    service, if that is not when the move counts. `tells`: what the event says beside where the report goes.
    `left_by_its_agency` is asked next.
    """
    before = case.status
    case.status = move(action, before, holder=case.holder, held_from=case.held_from, merged_from=case.merged_from)
    if action in TAKING_UP:
        holder = tree.in_office(holder or case.holder, on or at)
        if case.status is Status.ASSIGNED and holder.level is not Level.AGENCY:
            holder = None
        elif action is not Action.RETURN and holder != case.holder:
            previous_agency = case.holder.agency
    if holder is not None:
        case.holder = holder
        case.agency = holder.agency if holder.level is Level.AGENCY else None
    _follow(case, action, before, at)
    time_zone, region = tree.zone(case.holder, case.region)
    moved = Moved(
        came_from=before,
        status=case.status,
        holder=case.holder,
        agency=case.agency,
        time_zone=time_zone,
        province=province_of(region),
        regency=regency_of(region),
        published_at=case.published_at,
        previous_agency=previous_agency,
        round=case.round if action in _NEW_ROUND else None,
        on_behalf_of=on_behalf_of,
    )
    told = (tells or EVENT_OF[action])(moved=moved)
    return Draft(replace(told, located=case.take_located()), at, actor)


def _follow(case: Case, action: Action, before: Status, at: datetime) -> None:
    """What else a move changes of a report, beside its status and its holder."""
    if action is Action.HOLD:
        case.held_from = before
    elif action not in _APART:
        case.held_from = None
    if action in _PUBLISHING and case.published_at is None:
        case.published_at = at
    elif action in _HIDING:
        case.published_at = None
    if before is Status.MERGED:
        case.merged_into = case.merged_from = case.merged_at = None
    if action in _NEW_ROUND:
        case.round += 1


def left_by_its_agency(case: Case, *, tree: Tree, actor: str, at: datetime, on: datetime) -> Draft | None:
    """The return of a report that is assigned to an agency which has ended, and which nobody took over from."""
    if case.status is not Status.ASSIGNED or tree.in_office(case.holder, on).level is Level.AGENCY:
        return None
    returned = partial(
        ReportReturned,
        reason=ReturnReason.AGENCY_ENDED,
        previous_agency=case.holder.agency,
        suggested_agency=None,
    )
    return take(case, Action.RETURN, tree=tree, actor=actor, at=at, on=on, holder=case.holder, tells=returned)


def corrected(case: Case) -> ReportCorrected:
    """What the event of a correction says of the report."""
    return ReportCorrected(
        classification=case.classification, supervisory=case.supervisory, category=case.category, subject=case.subject,
        region=case.set_region or case.found_region, located=case.take_located(),
    )  # fmt: skip


def verified(case: Case) -> Tells:
    """What the event of a verification says of the report."""
    return partial(
        ReportVerified,
        classification=case.classification,
        supervisory=case.supervisory,
        category=case.category,
        subject=case.subject,
        region=case.set_region or case.found_region,
        anonymous=case.anonymous,
        secret=case.secret,
        digests={"title": of_verified_title(case.salt, case.verified_title)},
    )


def latest_move(history: Sequence[Event]) -> Event:
    """The last event that speaks of the status: it opened, or carried on, the stage that the report is in."""
    return next(event for event in reversed(history) if event.placed is not None)
