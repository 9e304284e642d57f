"""A report as the people who work on it read it. What somebody may not see is null."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from routing_service.report.possible import OfficerAction
from shared.domain.lifecycle import Classification, Level, Status
from shared.domain.news import NewsChannel, NewsKind, NewsState, Untold
from shared.http.wire import Answer, Code, PageParams, RegionCode, Schema, ShortText, Storable, TrackingNumber
from shared.log.parts import SHOWN as EVENTS_SHOWN
from shared.queries.talks import SHOWN


def _plausible(instant: datetime) -> datetime:
    if not 1900 <= instant.year <= 2200:
        raise ValueError("the year must lie between 1900 and 2200")
    return instant.astimezone(UTC)


#: An instant that PostgreSQL and every time zone can hold.
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]
#: A holder: one of the three levels, or the code of an agency.
HolderFilter = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500), Storable]
CHANGED = (
    "When something was last said or done, or a running deadline was set or moved; the latter raises no `version`."
)


class HolderView(Answer):
    """Who must act next."""

    level: Level
    agency: str | None


class NextClock(Answer):
    stage: str
    due_at: datetime
    level: int


class WorkItem(Answer):
    """`stage` and `due_at` are those of the running clock that ends, or ended, first; `level` is the highest that any
    has reached. So a late report is shown as late, even if a newer clock runs."""

    id: UUID
    tracking_number: str
    version: int
    status: Status
    holder: HolderView
    agency: str | None
    title: str
    classification: Classification
    supervisory: bool
    category: str | None
    region: str | None
    anonymous: bool
    secret: bool
    channel: str
    round: int
    received_at: datetime
    changed_at: datetime = Field(description=CHANGED)
    stage: str | None
    due_at: datetime | None
    level: int | None
    next: NextClock | None = Field(description="The holder's clock that ends first: what the holder must do next.")
    supports: int = Field(description="How many people said that the report concerns them as well.")


class LocationView(Answer):
    text: str | None
    latitude: float | None
    longitude: float | None
    region_code: str | None


class ReportView(Answer):
    """One report. `version` is what If-Match takes."""

    id: UUID
    tracking_number: str
    version: int
    status: Status
    secret: bool
    received_at: datetime
    title: str | None = Field(None, description="As verified, else as reported.")
    region: str | None = None
    agency: str | None = None
    holder: HolderView | None = None
    held_from: Status | None = None
    merged_into: UUID | None = Field(None, description="The older report about the same thing that is worked on.")
    merged_from: Status | None = None
    supports: int = Field(0, description="How many people said that the report concerns them as well.")
    round: int | None = None
    classification: Classification | None = None
    supervisory: bool | None = None
    category: str | None = None
    subject: str | None = None
    anonymous: bool | None = None
    channel: str | None = None
    imported: bool | None = None
    entered_by: str | None = Field(None, description="Of an anonymous or secret report only for who handed it in.")
    external_reference: str | None = Field(None, description="Likewise.")
    target_agency: str | None = None
    published_at: datetime | None = None
    changed_at: datetime | None = Field(None, description=CHANGED)
    occurred_on: date | None = None
    reported_title: str | None = None
    body: str | None = None
    location: LocationView | None = None


class ToldReporter(Answer):
    """Whether the reporter was told of an event, and why not. Codes alone: neither words nor an address."""

    kind: NewsKind = Field(description="What they are told.")
    state: NewsState = Field(description="`pending`: it is still to be told.")
    channel: NewsChannel | None = Field(description="By what; null: there is no way.")
    reason: Untold | None = Field(description="Why they were not told.")
    at: datetime | None = Field(description="When they were told, or when it was seen that they cannot be.")


class EventView(Answer):
    id: UUID
    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any]
    told: list[ToldReporter] = Field([], description="What the reporter was told of it; empty: it is no news for them.")


class MessageView(Answer):
    id: UUID
    kind: str
    body: str
    author: str
    agency: str | None
    created_at: datetime
    corrects: UUID | None = Field(None, description="The response that this one puts right.")
    corrected_by: UUID | None = Field(None, description="The response that puts this one right.")
    co_reporter: bool = Field(False, description="Said by the reporter of a report that is merged into this one.")
    evidence: list[UUID] = Field(default_factory=list, description="The ids of the files that it is shown with.")


class MergedView(Answer):
    """A report that is merged into this one, directly or through another."""

    id: UUID
    tracking_number: str
    title: str
    received_at: datetime
    merged_at: datetime
    merged_into: UUID


class OfficersAction(Answer):
    """What whoever asks may do to the report now; what is not named is refused."""

    action: OfficerAction = Field(description="What can be done.")
    until: datetime | None = Field(
        description="When a clock ends it, if nothing happens to the report before; null: no end is set."
    )


class ReportDetail(ReportView):
    """A report with its next deadline, its events and its messages, as far as the caller may see them."""

    actions: list[OfficersAction] = Field(description="What you may do to the report now, each with its end.")
    stage: str | None = None
    due_at: datetime | None = None
    level: int | None = None
    events: list[EventView] = Field(default_factory=list, description=f"The newest {EVENTS_SHOWN}, in order.")
    events_total: int = Field(0, description="The older ones: GET /v1/reports/{id}/events.")
    messages: list[MessageView] = Field(
        default_factory=list, description=f"The newest {SHOWN}, or fewer if they are long, in order."
    )
    messages_total: int = Field(0, description="The older ones: GET /v1/reports/{id}/messages.")
    merged: list[MergedView] = Field(
        default_factory=list, description=f"The newest {EVENTS_SHOWN}, in the order of their receipt."
    )
    merged_total: int = Field(0, description="The older ones: GET /v1/reports/{id}/merged.")


class PartParams(PageParams):
    """Newest first."""


class MessageParams(PageParams):
    """Newest first; long messages make a page end before its limit."""


class WorkListParams(PageParams):
    status: list[Status] = Field([], max_length=len(Status), description="One or several.")
    agency: Code | None = Field(None, description="Assigned to this agency or one below it.")
    holder: HolderFilter | None = Field(None, description="`national`, `coordinator`, `agency`, or an agency's code.")
    tracking_number: TrackingNumber | None = None
    q: ShortText | None = Field(
        None,
        description="Words in the title or the body: all of them, in any order; four letters begin a word.",
    )
    classification: Classification | None = None
    region: RegionCode | None = Field(None, description="The region and all within it.")
    due_before: Instant | None = None
    overdue: bool | None = Field(None, description="Whether any clock runs past its due instant.")
    updated_since: Instant | None = Field(None, description="Reports with a `changed_at` from this instant on.")
    sort: Literal["due_at", "-due_at", "received_at", "-received_at", "changed_at"] = Field(
        "-received_at",
        description="`changed_at`, for whoever keeps a copy: what changed last comes last, in the order of commits. "
        "`next_cursor` is always given then; ask again with it at any time, and no change is missed.",
    )


class IdentityRequest(Schema):
    reason: Reason | None = Field(
        None, description="The reason; the identity custodian must give one, and the reporter may read it."
    )


class IdentityView(Answer):
    """Who reported. Null: the reporter did not say."""

    report_id: UUID
    tracking_number: str
    name: str | None
    phone: str | None
    email: str | None
    national_id: str | None = Field(None, description="Only for the identity custodian, like what follows.")
    client: str | None = Field(None, description="Who handed it in: an app, a gateway, an officer.")
    external_reference: str | None = Field(None, description="That client's own number of it.")
    entered_by: str | None = Field(None, description="Who typed it in.")


class OpenIdentityRequest(Answer):
    """A request to see who reported that no other custodian has approved yet."""

    id: UUID = Field(description="The id of the request; with it another custodian approves it.")
    report_id: UUID
    tracking_number: str
    asked_by: str = Field(description="The custodian who asked; another one approves it.")
    asked_at: datetime = Field(description="When they asked.")
    open_until: datetime = Field(description="Until when it can be approved; after that it is asked for anew.")
    reason: str | None = Field(description="Why they must know; null: the words were erased.")


class IdentityRequestParams(PageParams):
    """Newest first."""


class IdentityPermission(Answer):
    """A custodian's request to see who reported, and another custodian's approval of it."""

    id: UUID = Field(description="The id of the request; with it another custodian approves it.")
    report_id: UUID
    asked_by: str = Field(description="The custodian who asked; nobody else may look with it.")
    asked_at: datetime = Field(description="When they asked.")
    approved_by: str | None = Field(description="The other custodian; null: nobody has approved it yet.")
    approved_at: datetime | None = Field(description="When they approved it.")
    look_until: datetime | None = Field(description="Until when the one who asked may look, once.")
