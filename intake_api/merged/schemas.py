from datetime import datetime

from pydantic import Field

from intake_api.timeline.schemas import AgencyName, Deadline, TimelineEntry
from shared.domain.lifecycle import Status
from shared.http.wire import Answer
from shared.log.parts import SHOWN as EVENTS_SHOWN


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
        description=f"What officials did and answered, the newest {EVENTS_SHOWN} in order; of a secret report only "
        "what came after the merge."
    )
    timeline_total: int = Field(
        description="The older ones: GET /v1/reports/{tracking_number}/timeline?of=merged, with your own number."
    )
    deadlines: list[Deadline] = Field(description=f"Those {EVENTS_SHOWN} that were opened last, in order.")
