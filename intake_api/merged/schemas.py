from datetime import datetime

from pydantic import Field

from intake_api.timeline.schemas import AgencyName, Deadline, TimelineEntry
from shared.domain.lifecycle import Status
from shared.http.wire import Answer


class MergedInto(Answer):
    """The report that another was merged into, and where it stands."""

    tracking_number: str | None = Field(description="Null if it is secret.")
    status: Status
    status_label: str


class Survivor(MergedInto):
    """The report that is worked on instead; never what its reporter wrote."""

    merged_at: datetime
    text: str
    agency: AgencyName | None
    timeline: list[TimelineEntry] = Field(
        description="What officials did and answered; of a secret report only what came after the merge."
    )
    deadlines: list[Deadline]
