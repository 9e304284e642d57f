from datetime import date, datetime

from pydantic import Field

from shared.domain.clocks import ClockOutcome, ClockState
from shared.http.wire import Answer
from shared.log.events import EventType


class AgencyName(Answer):
    code: str
    name: str


class RegionName(Answer):
    code: str
    name: str


class TimelineEntry(Answer):
    at: datetime
    type: EventType
    label: str
    text: str | None = Field(None, description="Its position among the messages that are shown with it.")
    reason: str | None = Field(None, description="Why it was archived, in words for everybody.")
    agency: AgencyName | None = None


class Deadline(Answer):
    stage: str
    label: str
    round: int
    due_at: datetime | None = Field(description="Exclusive; unknown while an open pause moves it.")
    due_on: date | None
    state: ClockState
    outcome: ClockOutcome
