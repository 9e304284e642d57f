"""What is asked of simulations and what is answered."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from shared.domain.clocks import Lateness
from shared.domain.states import TaskState
from shared.http.wire import Answer, Code, Schema, Sequence32
from sla_monitor.calendar_versions.schemas import DayChanges

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]


class SimulationRequest(Schema):
    """At least one of `policy` and `calendar`; what is left out is as in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"policy": "ID-SP4N-2025", "from": "2026-01-01", "to": "2026-03-31"},
                {
                    "calendar": {
                        "add": [
                            {"date": "2026-03-25", "kind": "cuti_bersama", "name": {"id": "Cuti", "en": "Leave"}},
                        ]
                    },
                    "from": "2026-01-01",
                    "to": "2026-03-31",
                    "agency": "SAMARINDA",
                    "stage": "first_response",
                },
            ]
        }
    )

    policy: Code | dict[str, Any] | None = Field(None, description="The code of a stored policy, or a document.")
    calendar: Sequence32 | DayChanges | None = Field(
        None, description="The id of a version, or days to remove from the active one and to add to it."
    )
    first: Day = Field(alias="from", description="Reports received on this day or later, in WIB.")
    last: Day = Field(alias="to", description="The last day of the period.")
    agency: Code | None = Field(None, description="Only clocks that this agency or one below it had.")
    stage: Code | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.policy is None and self.calendar is None:
            raise ValueError("name a policy, a calendar or both; there is nothing to compare")
        return self


class GroupView(Answer):
    """The clocks that one agency had of one stage; agency null: the national level."""

    agency: str | None
    stage: str
    clocks: int
    breaches: int = Field(description="Late under the rules in force.")
    clocks_under_draft: int
    breaches_under_draft: int
    cases_changed: int = Field(description="Late under one of the two alone.")


class CaseView(Answer):
    """A clock that is late under one of the two alone."""

    report_id: UUID
    tracking_number: str
    stage: str
    opened_seq: int
    agency: str | None
    due_at: datetime | None = Field(description="Due under the rules in force; null if these have no such clock.")
    due_at_under_draft: datetime | None
    stopped_at: datetime | None
    becomes: Lateness


class ResultView(Answer):
    groups: list[GroupView]
    cases_changed: int
    cases: list[CaseView] = Field(description="The first 500 in the order of the reports' ids.")
    truncated: bool


class SimulationView(Answer):
    """The same events under other rules. It does not know what people would have done differently under these rules."""

    id: UUID
    state: TaskState
    requested_by: str
    policy: str | None
    calendar: str | None
    received_from: date
    received_to: date
    agency: str | None
    stage: str | None
    as_of: datetime = Field(description="A running clock counts as late if it was due by this instant.")
    published_only: bool = Field(False, description="Asked for by an operator: only of reports that are public.")
    total: int | None = Field(description="Reports of the period; null until it begins.")
    done: int
    refused: int = Field(description="Reports whose clocks cannot be computed, with either rules.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: ResultView | None = Field(description="Null until it is done.")
