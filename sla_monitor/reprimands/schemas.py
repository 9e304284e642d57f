from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.lifecycle import Status
from shared.wire import Answer, Code, PageParams, Schema

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]


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


class ReprimandCase(Answer):
    report_id: UUID
    tracking_number: str
    agency: str
    status: Status
    received_at: datetime
    due_at: datetime
    answered_at: datetime | None = Field(description="Too late; null: not at all until it was compiled.")
    recorded_at: datetime
    proof: Proof


class InstansiName(Answer):
    code: str
    name: str


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
    """Of a report, secret or not, nothing is said but its number and its instants."""

    cases: list[ReprimandCase]
