"""What is said of recomputations and previews."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.domain.clocks import ClockState, Lateness
from shared.domain.states import TaskState
from shared.http.wire import DEFAULT_LIMIT, Answer, Limit, Schema
from shared.log.payloads.codes import ChangedRule

RecomputationState = Literal[TaskState.PENDING, TaskState.RUNNING, TaskState.DONE]


class RecomputationView(Answer):
    """Clocks that are computed anew because a rule changed. Counts are of reports, `moved` of clocks.

    An operator gets no counts of reports: some of these reports may be known only to those who work on them.
    """

    id: int
    kind: ChangedRule
    reference: str = Field(description="The calendar's id, the policy's code, or the agency's code and the stage.")
    state: RecomputationState
    total: int | None = Field(description="Reports with an open clock when it began; null before.")
    done: int | None
    moved: int | None = Field(description="Each has a `clock.moved` event in its report's history.")
    refused: int | None = Field(description="Reports whose clocks could not be computed; the log names them.")
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class PreviewParams(Schema):
    limit: Annotated[Limit, Field(description="How many of the clocks that move are listed; all are counted.")] = (
        DEFAULT_LIMIT
    )


class MovedClock(Answer):
    report_id: UUID
    tracking_number: str
    stage: str
    opened_seq: int
    agency: str | None
    state: ClockState | None = Field(description="Null: the policy has no such clock, so the clock would end.")
    old_due_at: datetime | None
    new_due_at: datetime | None
    days: int | None = Field(description="By how many calendar days; negative: earlier. Null if an instant is unknown.")
    becomes: Lateness | None = Field(description="Null: it stays what it is.")


class Preview(Answer):
    """What would move, if it were activated now. Nothing is stored. For an operator: of the reports that are public."""

    as_of: datetime
    reports_examined: int
    moved: int
    later: int
    earlier: int
    become_late: int
    cease_to_be_late: int
    refused: int = Field(description="Reports whose clocks could not be computed, as beyond the calendar's years.")
    items: list[MovedClock] = Field(description="In the order of the reports' ids, at most `limit`.")
    truncated: bool = Field(description="More clocks move than are listed.")
