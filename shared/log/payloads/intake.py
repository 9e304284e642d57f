"""What intake_api writes: what reporters do, and what is done in their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from shared.actors import INTAKE, MONITOR, ROUTING
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Holder, Status
from shared.log.payloads.codes import ErasureCause, Proof, Purpose
from shared.log.payloads.parts import FLAT, LEADS, Part
from shared.log.payloads.payload import Payload, Said, carried_by
from shared.log.payloads.types import EventType

_BOTH = (ROUTING, MONITOR)

Digests = Mapping[str, str | None]


@dataclass(frozen=True)
class Counter(Part):
    """Where an officer typed a report in; no agency: at the national level. In JSON the code of the agency, or null."""

    takes_null: ClassVar[bool] = True

    agency: str | None

    @classmethod
    def from_data(cls, data: Any) -> Self:
        return cls(data)

    def as_data(self) -> Any:
        return self.agency


@carried_by(EventType.REPORT_RECEIVED, writer=INTAKE, followers=_BOTH)
class ReportReceived(Payload):
    """A report was submitted, on whatever channel. The first event of each report."""

    classification: Annotated[Classification, "the class that the reporter gave"]
    category: Annotated[str | None, "the code of the category that the reporter gave"]
    subject: Annotated[str | None, "the code of the plain subject that the reporter picked"] = None
    anonymous: Annotated[bool, "the reporter's identity is shown to the custodian alone"]
    secret: Annotated[bool, "the report is not public"]
    channel: Annotated[Channel, "the channel that it came on"]
    status: Annotated[Status, "`received`"]
    holder: Annotated[Holder, "who must act next: `level` and `agency`"]
    region: Annotated[str | None, "the code of the region that it is about"]
    province: Annotated[str | None, "the province of that region: its days off count"]
    regency: Annotated[str | None, "the regency or city of that region: its days off count"]
    time_zone: Annotated[str | None, "the time zone whose midnights end the days"]
    imported: Annotated[bool, "it is a historical import: nobody is told of its clocks"]
    counter: Annotated[
        Counter | None, LEADS, "the agency at whose counter it was typed in; null: the national level"
    ] = None
    gateway: Annotated[str | None, LEADS, "the agency of the channel that brought it"] = None
    digest: Annotated[str | None, "the salted digest of title and body"]
    digests: Annotated[
        Digests, "salted digests of what the log must not hold: the access code, the account, the origin, the place,"
        " the reporter"
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ByReporter(Payload):
    """Something that a reporter did."""

    by: Annotated[Proof, "how whoever acted showed that they may act for the reporter"]
    client: Annotated[str | None, LEADS, "the role and the name of whose token carried it"] = None


@carried_by(EventType.REPORTER_REPLIED, writer=INTAKE, followers=_BOTH)
class ReporterReplied(ByReporter):
    """The reporter wrote to those who work on the report."""

    said: Annotated[Said, FLAT]


@carried_by(EventType.REPORTER_RATED, writer=INTAKE, followers=_BOTH)
class ReporterRated(ByReporter):
    """The reporter judged the final response."""

    score: Annotated[int, "1 to 5"]
    resolved: Annotated[bool, "whether the trouble is gone"]
    poor: Annotated[bool, "a score of at most 2, or not resolved: the report goes on"]
    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORTER_CONSENTED, writer=INTAKE, followers=(MONITOR,))
class ReporterConsented(ByReporter):
    """The reporter answered, asked or not, whether the report may be passed on."""

    purpose: Annotated[Purpose, "what they were asked"]
    granted: Annotated[bool, "what they answered"]


@carried_by(EventType.REPORTER_WITHDREW, writer=INTAKE, followers=_BOTH)
class ReporterWithdrew(ByReporter):
    """The reporter took the report back; it holds, whatever is done until it is carried out."""


@carried_by(EventType.REPORTER_REOPENED, writer=INTAKE, followers=_BOTH)
class ReporterReopened(ByReporter):
    """The reporter asked for a closed report to be reopened."""

    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.REPORTER_APPEALED, writer=INTAKE, followers=_BOTH)
class ReporterAppealed(ByReporter):
    """The reporter objected to the archiving."""

    said: Annotated[Said | None, FLAT] = None


@carried_by(EventType.SLIP_MADE, writer=INTAKE, followers=(MONITOR,))
class SlipMade(Payload):
    """A report that an officer typed in got a new access code, for its reporter on paper."""

    repeated: Annotated[bool, "the same slip was handed out again"] = False
    digests: Annotated[Digests, "the salted digest of the new `access_code`"]


@carried_by(EventType.PERSON_ERASED, writer=INTAKE, followers=_BOTH, since="0.2")
class PersonErased(Payload):
    """Who reported was erased, with every word about the report; each service removes what it keeps of it."""

    cause: Annotated[ErasureCause, "why"]


@carried_by(EventType.EVIDENCE_ADDED, writer=INTAKE, followers=_BOTH, since="0.2")
class EvidenceAdded(Payload):
    """A file was added to a report, as it came: what is shown of it is made later."""

    evidence: Annotated[UUID, "the id of the evidence"]
    digest: Annotated[str, "the SHA-256 of the original file, in hexadecimal: who has the file can prove that it is it"]
    media_type: Annotated[str, "what it is, by its content"]
    size: Annotated[int, "its bytes"]
    by: Annotated[Proof | None, "how whoever added it showed that they may act for the reporter; null: an officer did"]
    agency: Annotated[str | None, "the agency of the officer; null: the reporter, or the national level"]
    client: Annotated[str | None, LEADS, "the role and the name of whose token carried it for a reporter"] = None


@carried_by(EventType.EVIDENCE_REFUSED, writer=INTAKE, followers=(MONITOR,), since="0.2")
class EvidenceRefused(Payload):
    """A file that was added is not taken as evidence; it is kept, and shown to nobody."""

    evidence: Annotated[UUID, "the id of the evidence"]
    reason: Annotated[str, "the code of why, as `GET /v1/codes` explains it"]


@carried_by(EventType.EVIDENCE_QUARANTINED, writer=INTAKE, followers=(MONITOR,), since="0.2")
class EvidenceQuarantined(Payload):
    """The scanner found something in a file that was added; it is kept apart, and shown to nobody."""

    evidence: Annotated[UUID, "the id of the evidence"]


@carried_by(EventType.EVIDENCE_TOLD, writer=INTAKE, followers=(MONITOR,), since="0.2")
class EvidenceTold(ByReporter):
    """The reporter told those who work on the report when or where a file was taken, as the file says, or took it
    back. What it says stands in no event.
    """

    evidence: Annotated[UUID, "the id of the evidence"]
    time: Annotated[bool, "whether they know from now on when it was taken"]
    place: Annotated[bool, "whether they know where"]
