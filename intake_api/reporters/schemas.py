"""What a reporter sees of a report, and what a reporter may send about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from intake_api.evidence.items import EvidenceEntry
from intake_api.merged.schemas import MergedInto, Survivor
from intake_api.submissions.schemas import Reference
from intake_api.timeline.schemas import AgencyName, Deadline, RegionName, TimelineEntry
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Status
from shared.domain.messages import MessageKind
from shared.http.wire import Answer, Instant, LongText, Page, PageParams, Schema
from shared.log.consents import ConsentState
from shared.log.own_feed import Matter
from shared.log.parts import SHOWN as EVENTS_SHOWN
from shared.log.payloads.codes import Purpose
from shared.queries.talks import SHOWN


class Author(StrEnum):
    REPORTER = "reporter"
    AGENCY = "agency"
    ADMINISTRATOR = "administrator"


class MessageView(Answer):
    at: datetime
    author: Author
    kind: MessageKind
    text: str
    agency: AgencyName | None = None
    corrects: datetime | None = Field(None, description="When the response was given that this one corrects.")
    corrected: bool = Field(False, description="Whether a later response corrects it.")
    evidence: list[UUID] = Field(default_factory=list, description="The ids of the files that it is shown with.")


class OwnLocation(Answer):
    text: str | None
    latitude: float | None
    longitude: float | None
    region: RegionName | None


class OwnContact(Answer):
    """Never the NIK: somebody who finds the access code must not learn it."""

    name: str | None
    phone: str | None
    email: str | None


class PendingRequest(StrEnum):
    """What a reporter asked for and the status does not show yet."""

    REPLY = "reply"
    RATING = "rating"
    WITHDRAWAL = "withdrawal"
    REOPENING = "reopening"
    APPEAL = "appeal"


class OwnItem(Answer):
    """A line of "Laporan Saya"."""

    id: UUID
    tracking_number: str
    status: Status
    status_label: str
    classification: Classification
    title: str
    received_at: datetime
    version: int = Field(description="Of the report, as in the own view: it counts whatever happened.")
    changed_at: datetime = Field(
        description="When something last happened that its reporter sees, a deadline was set or moved, or the report "
        "that it was merged into changed (to the minute)."
    )
    agency: AgencyName | None
    external_reference: str | None = Field(
        None, description="Your own number of it, as you gave it with the submission; null for everybody else."
    )
    merged_into: MergedInto | None = Field(None, description="If it was merged with an older report.")
    pending: PendingRequest | None = Field(
        description="What you asked for last, while it is being carried out: `status` follows, mostly within seconds."
    )


class ConsentView(Answer):
    """A consent that is asked for, or was given or refused: with `POST .../consents`."""

    purpose: Purpose
    state: ConsentState
    text: str
    asked_at: datetime | None = Field(description="Null: the consent was given without a request.")
    answered_at: datetime | None


class ReporterAction(StrEnum):
    """What a reporter may do, each by the operation of its name."""

    REPLY = "reply"
    RATE = "rate"
    CONSENT = "consent"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    APPEAL = "appeal"


class PossibleAction(Answer):
    """What whoever asks may do to the report now; what is not named is refused."""

    action: ReporterAction
    until: datetime | None = Field(
        description="Possible before this instant, unless something happens to the report; null: no end is set."
    )


class OwnReport(OwnItem):
    """A report as its reporter sees it."""

    view: Literal["own"] = Field(description="Tells this from what the public sees: `own` here, `public` there.")
    actions: list[PossibleAction] = Field(description="What you may do now, each with its end.")
    body: str
    verified_title: str | None
    occurred_on: date | None
    location: OwnLocation
    category: str | None
    subject: str | None = None
    anonymous: bool
    secret: bool
    channel: Channel
    reporter: OwnContact | None
    timeline: list[TimelineEntry] = Field(description=f"The newest {EVENTS_SHOWN}, in order.")
    timeline_total: int = Field(description="The older ones: GET /v1/reports/{tracking_number}/timeline.")
    messages: list[MessageView] = Field(description=f"The newest {SHOWN}, or fewer if they are long, in order.")
    messages_total: int = Field(description="The older ones: GET /v1/reports/{tracking_number}/messages.")
    deadlines: list[Deadline] = Field(description=f"Those {EVENTS_SHOWN} that were opened last, in order.")
    deadlines_total: int = Field(description="The older ones: GET /v1/reports/{tracking_number}/deadlines.")
    consents: list[ConsentView]
    evidence: list[EvidenceEntry] = Field(
        default_factory=list, description="The files of it, in the order in which they came."
    )
    merged: Survivor | None = Field(None, description="If it was merged with an older report.")


class ExportedIdentity(Answer):
    """Who reported, as it is kept. Null: not said."""

    name: str | None
    phone: str | None
    email: str | None
    national_id: str | None = Field(description="The NIK, but for its last four digits hidden.")


class ReportExport(Answer):
    """Everything that is kept about a report and its reporter."""

    exported_at: datetime = Field(description="When this was put together.")
    report: OwnReport = Field(description="The report as its reporter sees it.")
    identity: ExportedIdentity | None = Field(description="Who reported; null: nobody who is known.")
    timeline: list[TimelineEntry] = Field(
        description="Everything that happened, newest first: also each time that somebody looked at who reported."
    )
    messages: list[MessageView] = Field(description="Everything that was said, newest first.")
    deadlines: list[Deadline] = Field(description="All deadlines, those opened last first.")


class OwnMessages(Page[MessageView]):
    """Everything that was said, as its reporter sees it."""

    view: Literal["own"] = Field(description="Tells this from what the public sees: `own` here, `public` there.")


class OwnParams(PageParams):
    """Newest first."""

    external_reference: Reference | None = Field(
        None, description="Only the report with this number of your own, or none: also where its receipt was lost."
    )
    updated_since: Instant | None = Field(
        None, description="Only reports with a `changed_at` from this instant on: with any word or step since then."
    )


class PartParams(PageParams):
    """Newest first."""


class TimelineParams(PartParams):
    of: Matter = Matter.REPORT


class MessageParams(PageParams):
    """Newest first; long messages make a page end before its limit."""


class Reply(Schema):
    body: LongText


class Rating(Schema):
    score: Annotated[int, Field(strict=True, ge=1, le=5)]
    resolved: StrictBool
    comment: LongText | None = None

    @property
    def poor(self) -> bool:
        return self.score <= 2 or not self.resolved


class Consent(Schema):
    purpose: Purpose
    granted: StrictBool


class Objection(Schema):
    """Why a report should be taken up again."""

    body: LongText | None = None
