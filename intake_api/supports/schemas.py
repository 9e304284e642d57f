from datetime import datetime

from pydantic import ConfigDict, Field

from intake_api.merged.schemas import MergedInto
from intake_api.submissions.schemas import ReporterReference
from intake_api.timeline.schemas import AgencyName
from shared.domain.lifecycle import PublicGroup
from shared.http.wire import Answer, Instant, PageParams, Schema


class SupportRequest(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reporter_reference": "account-77"}]})

    reporter_reference: ReporterReference = Field(description="The app's opaque account id, stored hashed.")


class SupportView(Answer):
    tracking_number: str
    supports: int = Field(description="How many people support it now.")
    supported_at: datetime = Field(description="When this one began to.")


class SupportedItem(Answer):
    """A report of another person that the account supports:
    where it stands and, while it is public, what it is about.
    """

    tracking_number: str
    supported_at: datetime
    supports: int
    status_group: PublicGroup
    status_label: str
    version: int = Field(description="How often what everybody reads of it has changed.")
    changed_at: datetime | None = Field(description="When that was last, to the minute; null while it is not public.")
    title: str | None
    agency: AgencyName | None
    merged_into: MergedInto | None = Field(description="If it was merged with an older report: follow that one.")


class SupportedParams(PageParams):
    """Latest first."""

    updated_since: Instant | None = Field(
        None,
        description="Only reports whose `version` has changed since, to the minute; a page may then be shorter than "
        "its limit and not the last.",
    )
