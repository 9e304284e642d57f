from datetime import date, datetime

from pydantic import Field

from shared.domain.clocks import ClockOutcome, ClockState
from shared.domain.news import NewsChannel, NewsKind, NewsState, Untold
from shared.http.wire import Answer
from shared.log.events import EventType


class AgencyName(Answer):
    code: str
    name: str


class RegionName(Answer):
    code: str
    name: str


class ToldEntry(Answer):
    """That its reporter was told of it, or that what was sent did not arrive."""

    kind: NewsKind = Field(description="What they were told.")
    channel: NewsChannel | None = Field(description="By what.")
    state: NewsState = Field(description="`told`, or `not_told` where it did not arrive.")
    reason: Untold | None = Field(None, description="Why it did not arrive; null: it did, as far as we know.")
    at: datetime = Field(description="When.")
    text: str = Field(description="The same in a sentence.")


class TimelineEntry(Answer):
    at: datetime
    type: EventType
    label: str
    text: str | None = Field(None, description="Its position among the messages that are shown with it.")
    reason: str | None = Field(None, description="Why it was archived, or a file was refused, in words.")
    agency: AgencyName | None = None
    told: list[ToldEntry] = Field(
        [], description="When the reporter was told of it, and by what. Only where they read their own report."
    )


class Deadline(Answer):
    stage: str
    label: str
    round: int
    due_at: datetime | None = Field(description="Exclusive; unknown while an open pause moves it.")
    due_on: date | None
    state: ClockState
    outcome: ClockOutcome
