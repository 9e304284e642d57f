"""What routing_service writes: the status events of a report, and what happens to it beside its status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared.actors import MONITOR, ROUTING
from shared.domain.codes import ArchiveReason, ReturnReason
from shared.domain.lifecycle import Classification, Holder, Status
from shared.log.payloads.codes import Cause
from shared.log.payloads.parts import FLAT, LEADS, Key, Part, Since
from shared.log.payloads.payload import Payload, Said, carried_by
from shared.log.payloads.types import EventType

_MONITOR = (MONITOR,)


@dataclass(frozen=True, kw_only=True)
class Moved(Part):
    """Where a status event takes the report."""

    came_from: Annotated[Status, Key("from"), "the status before"]
    status: Annotated[Status, Key("to"), "the status after"]
    holder: Annotated[Holder, "who must act next: `level` and `agency`"]
    agency: Annotated[str | None, "the agency that it is assigned to; null: none"]
    time_zone: Annotated[str | None, "the time zone of the holder: its midnights end the days"]
    province: Annotated[str | None, "the province of the holder, or of the report: its days off count"]
    regency: Annotated[str | None, "the regency or city of the holder, or of the report: its days off count"]
    published_at: Annotated[datetime | None, "since when title, place and answers are public; null: they are not"]
    previous_agency: Annotated[str | None, "the agency that it was taken from"] = None
    round: Annotated[int | None, "counts the reopenings, from 1; where this event begins one"] = None
    on_behalf_of: Annotated[str | None, "the agency that a coordinator acted for"] = None


@dataclass(frozen=True, kw_only=True)
class Located(Part):
    """Where the report is about, beside the region that was given with it."""

    found: Annotated[str | None, "the region that routing found; null: none, or the one that was given"]
    by_officer: Annotated[str | None, Key("set"), "the region that an officer set, which stands above it"]
    shown: Annotated[str | None, "what strangers learn of both; null: no more than of the region that was given"]


@dataclass(frozen=True, kw_only=True)
class Locating(Payload):
    """Its regions may change with it."""

    located: Annotated[Located | None, LEADS, "where the report is about from now on, if that has changed"] = None


@dataclass(frozen=True, kw_only=True)
class StatusEvent(Locating):
    """A report went through the gate of `shared/domain/lifecycle.py`."""

    moved: Annotated[Moved, FLAT]


@dataclass(frozen=True, kw_only=True)
class Classified(Locating):
    """What the clocks of a report depend on."""

    classification: Annotated[Classification, "the class from now on"]
    supervisory: Annotated[bool, "it alleges misconduct that must be examined"]
    category: Annotated[str | None, "the code of its category"]
    subject: Annotated[str | None, "the code of its plain subject"] = None
    region: Annotated[str | None, LEADS, "the code of the region that routing found, or that an officer set"] = None


@carried_by(EventType.REPORT_ENTRUSTED, writer=ROUTING, followers=_MONITOR)
class ReportEntrusted(StatusEvent):
    """The report went to the coordinator of the instansi that it lies with, to be verified there. No clock starts."""


@carried_by(EventType.REPORT_VERIFIED, writer=ROUTING, followers=_MONITOR)
class ReportVerified(StatusEvent, Classified):
    """The report is clear, complete and in scope."""

    anonymous: Annotated[bool, "the reporter's identity is shown to the custodian alone"]
    secret: Annotated[bool, "the report is not public"]
    digests: Annotated[Mapping[str, str | None], "the salted digest of the `title` that the verifier gave"]


@carried_by(EventType.REPORT_FORWARDED, writer=ROUTING, followers=_MONITOR)
class ReportForwarded(StatusEvent):
    """The report went to the coordinator of another instansi."""


@carried_by(EventType.REPORT_ASSIGNED, writer=ROUTING, followers=_MONITOR)
class ReportAssigned(StatusEvent):
    """The report went to the agency that shall answer it."""

    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORT_REDIRECTED, writer=ROUTING, followers=_MONITOR)
class ReportRedirected(StatusEvent):
    """The report went to another agency of the same instansi."""

    previous_agency: Annotated[str | None, "the agency that it was taken from"]
    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORT_RETURNED, writer=ROUTING, followers=_MONITOR)
class ReportReturned(StatusEvent):
    """Not our authority: the report went one level up."""

    reason: Annotated[ReturnReason, "why"]
    previous_agency: Annotated[str | None, "who returned it"]
    suggested_agency: Annotated[str | None, "the agency that they think competent"]


@carried_by(EventType.REPORT_HELD, writer=ROUTING, followers=_MONITOR)
class ReportHeld(StatusEvent):
    """The report waits for an answer of its reporter."""

    said: Annotated[Said, FLAT]
    evidence: Annotated[
        bool, Since("0.2"), "evidence was asked for: when the reporter adds some, the report goes on"
    ] = False


@carried_by(EventType.REPORT_RESUMED, writer=ROUTING, followers=_MONITOR)
class ReportResumed(StatusEvent):
    """A hold ended."""

    cause: Annotated[Cause, "`reply`, `elapsed` or `officer`"]


@carried_by(EventType.REPORT_RESPONDED, writer=ROUTING, followers=_MONITOR)
class ReportResponded(StatusEvent):
    """An agency told the reporter something, or put an answer right."""

    said: Annotated[Said, FLAT]
    corrects: Annotated[UUID | None, "the id of the message that is put right"] = None


@carried_by(EventType.REPORT_ANSWERED, writer=ROUTING, followers=_MONITOR)
class ReportAnswered(StatusEvent):
    """The final response was given."""

    said: Annotated[Said, FLAT]
    direct: Annotated[bool, "the holder answered, without an agency"]


@carried_by(EventType.REPORT_REOPENED, writer=ROUTING, followers=_MONITOR)
class ReportReopened(StatusEvent):
    """The report goes on after a final response: a new round begins."""

    cause: Annotated[Cause, "`reply`, `rating` or `reopening`"]


@carried_by(EventType.REPORT_CLOSED, writer=ROUTING, followers=_MONITOR)
class ReportClosed(StatusEvent):
    """The report is done."""

    cause: Annotated[Cause, "`rating` or `silence`"]


@carried_by(EventType.REPORT_ARCHIVED, writer=ROUTING, followers=_MONITOR)
class ReportArchived(StatusEvent):
    """The report was refused."""

    reason: Annotated[ArchiveReason, "why"]
    cause: Annotated[Cause, "`officer` or `elapsed`"]
    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORT_APPEALED, writer=ROUTING, followers=_MONITOR)
class ReportAppealed(StatusEvent):
    """An objection to an archiving was taken up; another officer decides."""


@carried_by(EventType.REPORT_WITHDRAWN, writer=ROUTING, followers=_MONITOR)
class ReportWithdrawn(StatusEvent):
    """A withdrawal was carried out."""


@carried_by(EventType.REPORT_MERGED, writer=ROUTING, followers=_MONITOR)
class ReportMerged(StatusEvent):
    """The report is about the same thing as an older one, which is worked on from now on."""

    into: Annotated[UUID, "the id of the older report"]
    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORT_UNMERGED, writer=ROUTING, followers=_MONITOR)
class ReportUnmerged(StatusEvent):
    """A merge was taken back: the report is where it was before."""

    previous: Annotated[UUID, "the id of the report that it was merged into"]
    cause: Annotated[Cause, "`officer`, or what became of the other report: `withdrawn`, `archived`"]
    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORT_CORRECTED, writer=ROUTING, followers=_MONITOR)
class ReportCorrected(Classified):
    """Class or category were put right after the verification; the clocks that depend on them follow."""


@carried_by(EventType.REPORT_LOCATED, writer=ROUTING, followers=_MONITOR)
class ReportLocated(Locating):
    """Routing found where the report is about, or found otherwise, without moving the report."""


@carried_by(EventType.REPORT_JOINED, writer=ROUTING, followers=_MONITOR)
class ReportJoined(Payload):
    """Another report was merged into this one."""

    other: Annotated[UUID, "the id of the other report"]


@carried_by(EventType.REPORT_PARTED, writer=ROUTING, followers=_MONITOR)
class ReportParted(Payload):
    """A report that was merged into this one goes on by itself."""

    other: Annotated[UUID, "the id of the other report"]
    cause: Annotated[Cause, "`officer`, or what became of this report: `withdrawn`, `archived`"]


@carried_by(EventType.REPORT_NOTED, writer=ROUTING, followers=_MONITOR)
class ReportNoted(Payload):
    """An internal note."""

    said: Annotated[Said, FLAT]
    mentions: Annotated[tuple[UUID, ...], Since("0.2"), "the ids of the officers whom it mentions; they are told"] = ()


@carried_by(EventType.REPORT_MASKED, writer=ROUTING, followers=_MONITOR)
class ReportMasked(Payload):
    """Somebody changed what everybody may read of the report, or of an answer to it."""

    answer: Annotated[UUID | None, "the id of the answer; without it: title and body of the report"] = None
    added: Annotated[int, "how many masks were added"]
    lifted: Annotated[int, "how many masks were lifted"]
    said: Annotated[Said | None, FLAT] = None


@dataclass(frozen=True, kw_only=True)
class OfEvidence(Payload):
    """Something that was decided about a file."""

    evidence: Annotated[UUID, "the id of the evidence"]


@carried_by(EventType.EVIDENCE_RELEASED, writer=ROUTING, followers=_MONITOR, since="0.2")
class EvidenceReleased(OfEvidence):
    """Everybody may see a file of the report while the report is public."""


@carried_by(EventType.EVIDENCE_WITHHELD, writer=ROUTING, followers=_MONITOR, since="0.2")
class EvidenceWithheld(OfEvidence):
    """Everybody may no longer see it."""


@carried_by(EventType.EVIDENCE_COVERED, writer=ROUTING, followers=_MONITOR, since="0.2")
class EvidenceCovered(OfEvidence):
    """What is blackened in the public's copy of a picture was changed."""

    rectangles: Annotated[int, "how many there are from now on"]


@carried_by(EventType.IDENTITY_REQUESTED, writer=ROUTING, followers=_MONITOR, since="0.2")
class IdentityRequested(Payload):
    """An identity custodian asked another one to approve a look at who reported."""

    said: Annotated[Said, FLAT]


@carried_by(EventType.IDENTITY_APPROVED, writer=ROUTING, followers=_MONITOR, since="0.2")
class IdentityApproved(Payload):
    """Another identity custodian approved it."""

    request: Annotated[UUID, "the id of the event that asked"]


@carried_by(EventType.IDENTITY_VIEWED, writer=ROUTING, followers=_MONITOR)
class IdentityViewed(Payload):
    """Somebody looked at who reported."""

    repeated: Annotated[bool, "it was a repeated request"] = False
    request: Annotated[UUID | None, Since("0.2"), "the id of the event that asked, where two custodians must agree"] = (
        None
    )
    said: Annotated[Said | None, FLAT] = None
