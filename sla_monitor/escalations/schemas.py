from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.domain.clocks import StepKind
from shared.http.wire import Answer, Code, LongText, PageParams, Schema
from sla_monitor.clocks.schemas import AgencyFilter, AsOf, Level


class EscalationParams(PageParams):
    agency: AgencyFilter = None
    stage: Code | None = None
    level: Level | None = None
    kind: StepKind | None = None
    notify: bool | None = None
    revoked: bool | None = None
    as_of: AsOf = None


class EscalationView(Answer):
    """`step` counts working days from the due instant. `id` is that of the event that was written."""

    id: UUID
    report_id: UUID
    tracking_number: str
    stage: str
    opened_seq: int
    step: int
    kind: StepKind
    level: int
    agency: str | None
    step_at: datetime
    recorded_at: datetime
    recipients: list[str]
    late_entry: bool = Field(description="Overtaken by a later step, or past already when the clock was opened.")
    notify: bool = Field(description="Whether the recipients are told; a historical import tells nobody.")
    revoked_at: datetime | None = Field(description="When the due instant moved and the step lay ahead again.")
    explanation: str | None = Field(
        description="The reason, by what was known at the recording, in the language asked for; null: unknown."
    )
    told: list[str] = Field(description="The roles of the officers who are told: others, if nobody has those named.")
    acknowledged_at: datetime | None = Field(description="When an officer said that they know of it.")
    acknowledged_by: str | None
    acknowledgement_note: str | None = Field(description="What they said they do about it: an internal note.")


class Note(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Tim sudah ke lokasi; besok ditambal."}]})

    note: LongText = Field(description="What is being done about it.")


class AcknowledgementView(Answer):
    escalation_id: UUID
    report_id: UUID
    acknowledged_at: datetime
    acknowledged_by: str
    note: str
