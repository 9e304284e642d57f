"""What is asked of clocks and what is answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.domain.clocks import ClockOutcome, ClockState, OnDue, StepKind
from shared.domain.lifecycle import Status
from shared.http.wire import Answer, Bilingual, Code, Instant, PageParams, Schema
from sla_monitor.calendars import UncountedReason
from sla_monitor.policy import Mark, Unit

Level = Annotated[int, Field(ge=0, le=9)]
AgencyFilter = Annotated[Code | None, Field(description="This agency and all below it.")]


AsOf = Annotated[
    Instant | None,
    Field(description="The deadlines as known at this instant: from what had been recorded, under the rules of then."),
]


class ClocksParams(PageParams):
    as_of: AsOf = None


class OverdueParams(PageParams):
    agency: AgencyFilter = None
    stage: Code | None = None
    level: Level | None = None
    as_of: AsOf = None


class StatisticsParams(Schema):
    agency: AgencyFilter = None
    stage: Code | None = None
    as_of: AsOf = None


class UncountedDay(Answer):
    """A day that did not count. `name` is that of the day off; `status` the one that paused the clock."""

    date: date
    reason: UncountedReason
    name: Bilingual | None = None
    status: str | None = None


class AcknowledgementNote(Answer):
    """An officer's note that they know of a step, and what they do about it."""

    at: datetime
    by: str
    note: str


class StepState(StrEnum):
    """Whether a step of a ladder was carried out, is due, or lies ahead."""

    DONE = "done"
    DUE = "due"
    AHEAD = "ahead"


class LadderStep(Answer):
    """`step` counts working days from the due instant."""

    step: int
    at: datetime
    state: StepState = Field(description="`due`: its instant has come; the next sweep does it.")
    recorded_at: datetime | None = Field(description="When it was carried out.")
    text: str = Field(description="The step in words.")
    level: int
    kind: StepKind
    recipients: list[str]
    acknowledgement: AcknowledgementNote | None = None


class ClockView(Answer):
    """One deadline. `due_at` is exclusive: late means at or after it. It is null while an open pause moves it."""

    stage: str
    opened_seq: int
    round: int
    agency: str | None
    started_at: datetime
    due_at: datetime | None
    due_on: date | None
    stopped_at: datetime | None
    state: ClockState
    outcome: ClockOutcome
    on_due: OnDue
    breached_at: datetime | None
    level: int
    days: int
    unit: Unit
    time_zone: str
    legal_basis: str = Field(description="The clause of the policy that sets the limit.")
    mark: Mark = Field(description="How certain it is: C certain, S one source, I inferred, seeds.")
    policy_days: int = Field(description="The limit of the policy; `days` are fewer if the agency has a stricter one.")
    explanation: str = Field(description="Why the deadline is what it is, in the language asked for.")
    uncounted_days: list[UncountedDay]
    steps: list[LadderStep]
    policy: str
    calendar: str
    calendar_complete: bool = Field(description="False: the cuti bersama of a year that it reaches are not known yet.")


class ClockList(Answer):
    """The clocks of a report that were opened last, in the order in which they were opened."""

    as_of: datetime
    items: list[ClockView]
    total: int = Field(description="How many clocks the report has in all.")
    next_cursor: str | None = Field(None, description="Leads to those that were opened before these.")


class OverdueClock(Answer):
    report_id: UUID
    tracking_number: str
    status: Status
    stage: str
    opened_seq: int
    round: int
    agency: str | None
    due_at: datetime
    due_on: date
    breached_at: datetime | None
    level: int
    overdue_working_days: int | None = Field(description="Complete ones; null outside the calendar.")


class StageCounts(Answer):
    stage: str
    total: int
    met: int
    late: int = Field(description="Stopped or cancelled at or after the due instant, or running past it.")
    late_running: int = Field(description="Of these, the ones that still run; `GET /v1/overdue` lists them.")
    pending: int = Field(description="Running or paused, not due yet.")
    cancelled: int = Field(description="Cancelled before the due instant.")
    share_late: float | None = Field(description="late / (met + late); null if there is none of either.")
    entered_late: int = Field(description="Of the late ones, those that were due before they were recorded at all.")
    share_entered_late: float | None = Field(description="entered_late / late; null if none is late.")


class ClockStatistics(Answer):
    as_of: datetime
    formula: str
    denominator: str
    items: list[StageCounts]
