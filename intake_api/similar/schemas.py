from datetime import datetime

from pydantic import ConfigDict, Field

from intake_api.submissions.schemas import Location, StrictSchema
from intake_api.timeline.schemas import AgencyName, RegionName
from shared.domain.lifecycle import Classification, PublicGroup
from shared.http.wire import Answer, Code, LongText, Title, TrackingNumber


class SimilarRequest(StrictSchema):
    """What a citizen is about to submit, as far as it is written, or has submitted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Lampu jalan mati", "location": {"latitude": -0.502, "longitude": 117.153}}]
        }
    )

    title: Title
    body: LongText | None = None
    location: Location | None = None
    category: Code | None = None
    tracking_number: TrackingNumber | None = Field(None, description="A report to leave out of the result.")


class PartsView(Answer):
    """Each between 0 and 1; null: not known for both reports.
    The place of the other report is used to about a kilometre here.
    """

    words: float
    distance: float | None
    category: float | None
    time: float


class SimilarReport(Answer):
    tracking_number: str
    status_group: PublicGroup
    status_label: str
    classification: Classification
    title: str = Field(description="With the people in it masked.")
    region: RegionName | None
    agency: AgencyName | None
    received_at: datetime
    supports: int
    score: float = Field(description="Between 0 and 1.")
    parts: PartsView


class SimilarReports(Answer):
    """Best first, at most ten; the list is rarely complete."""

    items: list[SimilarReport]
