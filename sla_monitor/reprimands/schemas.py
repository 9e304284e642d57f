from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.domain.lifecycle import Status
from shared.http.wire import Answer, Code, PageParams, Schema

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class ReprimandRequest(Schema):
    """For an instansi and the days from the first to the last, both included."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agency": "SAMARINDA", "first_day": "2026-01-01", "last_day": "2026-03-31"}]}
    )

    agency: Code
    first_day: Day
    last_day: Day


class ReprimandParams(PageParams):
    agency: Code | None = Field(None, description="An instansi.")


class ProvingEvent(Answer):
    id: UUID
    seq: int
    type: str
    hash: str


class ChainHead(Answer):
    seq: int
    hash: str


class Proof(Answer):
    """The end of the report's chain when the reprimand was compiled, and the events that the case follows from."""

    head: ChainHead
    events: list[ProvingEvent]


class InstansiName(Answer):
    code: str
    name: str


class ComingCase(Answer):
    """A report that will be a case unless somebody responds to it before it is due."""

    report_id: UUID
    tracking_number: str
    title: str | None = Field(description="As everybody may read it; null: not public.")
    holder: InstansiName = Field(description="The agency that holds the report.")
    status: Status
    received_at: datetime
    due_at: datetime


class ReprimandCase(Answer):
    report_id: UUID
    tracking_number: str
    title: str | None = Field(None, description="As everybody may read it by now; null: not public, or secret.")
    agency: str = Field(description="The agency that held the report when its oversight clock was due.")
    holder: InstansiName = Field(description="The agency that held the report when this was compiled.")
    status: Status
    received_at: datetime
    due_at: datetime
    answered_at: datetime | None = Field(
        description="When it was answered, too late; null: not answered when the reprimand was compiled."
    )
    recorded_at: datetime
    proof: Proof


class ReprimandLine(Answer):
    id: UUID
    agency: InstansiName
    first_day: date
    last_day: date
    time_zone: str = Field(description="Of the instansi; its days are meant.")
    compiled_at: datetime
    compiled_by: str
    case_count: int


class ReprimandView(ReprimandLine):
    """Of each report only the number, the instants, the holder and the public title are shown."""

    cases: list[ReprimandCase]


class PreviewParams(Schema):
    agency: Code | None = Field(None, description="An instansi; a coordinator's own if none is named.")
    first_day: Day | None = Field(None, description="Of the running quarter, if no period is named.")
    last_day: Day | None = None


class ReprimandPreview(Answer):
    """What the region will be reprimanded for if nobody acts. Nothing is stored, and nobody is told."""

    agency: InstansiName
    first_day: date
    last_day: date
    time_zone: str
    as_of: datetime
    cases: list[ReprimandCase] = Field(description="Reports that are cases already.")
    coming: list[ComingCase] = Field(description="Reports that will become cases within the period; the first 500.")
