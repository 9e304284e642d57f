"""A report as the public sees it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, RootModel, StringConstraints

from intake_api.reporters.schemas import OwnMessages, OwnReport
from intake_api.timeline.schemas import AgencyName, RegionName
from shared.domain.lifecycle import Classification, PublicGroup
from shared.http.wire import Answer, Code, Page, PageParams, RegionCode, ShortText
from shared.queries.talks import SHOWN


class OfficialResponse(Answer):
    at: datetime
    text: str | None = Field(description="With the people in it masked; null until that is done.")
    final: bool
    agency: AgencyName | None
    corrects: datetime | None = Field(None, description="When the response was given that this one corrects.")
    corrected: bool = Field(False, description="Whether a later one puts it right.")
    evidence: list[UUID] = Field(default_factory=list, description="The ids of the files that it is shown with.")


class PublicItem(Answer):
    """A line of the public list: a report that was forwarded or assigned and is not secret."""

    tracking_number: str
    status_group: PublicGroup
    status_label: str
    classification: Classification
    title: str = Field(description="With the people in it masked, as in `Pak [nama]`.")
    excerpt: str | None = Field(description="How the masked body begins; null until it is masked.")
    category: str | None
    region: RegionName | None
    agency: AgencyName | None
    received_at: datetime
    supports: int = Field(description="How many people said that the report concerns them as well.")
    version: int = Field(description="How often what everybody reads of it has changed.")
    changed_at: datetime = Field(description="When that was last, to the minute.")


class PublicAction(StrEnum):
    """What anybody may do about a report of another, by the operation of that name."""

    SUPPORT = "support"


class PublicReport(Answer):
    """From receipt on the public sees where it stands; what it is about only once it was forwarded or assigned."""

    view: Literal["public"] = Field(description="Tells this from what its reporter sees: `public` here, `own` there.")
    version: int
    tracking_number: str
    status_group: PublicGroup
    status_label: str
    published: bool
    classification: Classification | None = None
    title: str | None = Field(None, description="With the people in it masked, as in `Pak [nama]`.")
    body: str | None = Field(None, description="With the people in it masked; null until it is masked.")
    category: str | None = None
    region: RegionName | None = None
    agency: AgencyName | None = None
    received_at: datetime | None = None
    changed_at: datetime | None = Field(
        None, description="When what everybody reads of it last changed, to the minute; null before it is public."
    )
    supports: int | None = Field(None, description="How many people said that the report concerns them as well.")
    actions: list[PublicAction] = Field(
        default_factory=list, description="What an app's account may do about it now, unless the report is its own."
    )
    responses: list[OfficialResponse] = Field(
        default_factory=list, description=f"The newest {SHOWN}, or fewer if they are long, in order."
    )
    responses_total: int | None = Field(None, description="The older ones: GET /v1/reports/{tracking_number}/messages.")


class PublicMessages(Page[OfficialResponse]):
    """The official answers, as everybody sees them."""

    view: Literal["public"] = Field(description="Tells this from what its reporter sees: `public` here, `own` there.")


class ReportAsSeen(RootModel[Annotated[OwnReport | PublicReport, Field(discriminator="view")]]):
    """A report as its reporter sees it, or as everybody does: `view` says which."""


class MessagesAsSeen(RootModel[Annotated[OwnMessages | PublicMessages, Field(discriminator="view")]]):
    """The messages of a report as its reporter sees them, or as everybody does: `view` says which."""


class Sort(StrEnum):
    NEWEST = "-received_at"
    OLDEST = "received_at"


_NUMBER = r"-?\d{1,3}(\.\d{1,12})?"


class PublicParams(PageParams):
    q: ShortText | None = Field(
        None,
        description="Words of the title or the body as the public sees them, without what is masked; `-word` leaves "
        "out, quotes keep words together. Where no report has them: one page of those with a similar title.",
    )
    region: RegionCode | None = Field(None, description="A region and all within it.")
    agency: Code | None = Field(None, description="An agency and all below it.")
    category: Code | None = Field(None, description="A category and all below it.")
    status: PublicGroup | None = None
    near: Annotated[str, StringConstraints(pattern=rf"^{_NUMBER},{_NUMBER},\d{{1,6}}$")] | None = Field(
        None,
        description="`latitude,longitude,radius in metres` (1,000 to 100,000). Places are known to about a kilometre "
        "here, so that nobody's home is found by narrowing the search.",
    )
    sort: Sort = Sort.NEWEST
