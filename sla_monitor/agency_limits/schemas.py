"""What is asked of local limits and what is answered."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from shared.http.wire import Answer, Schema, ShortText
from sla_monitor.recomputations.schemas import RecomputationView


class LimitBody(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 3, "legal_basis": "SK Wali Kota 12/2026"}]})

    days: Annotated[int, Field(strict=True, ge=1, le=3650, description="In the unit of the policy.")]
    legal_basis: ShortText | None = None


class LimitView(Answer):
    """`days` holds where it is stricter than what the policy says for a report."""

    agency: str
    stage: str
    days: int
    legal_basis: str | None
    changed_by: str
    changed_at: datetime


class LimitList(Answer):
    items: list[LimitView]


class LimitChanged(Answer):
    limit: LimitView | None = Field(description="Null: it was withdrawn, and the policy holds.")
    recomputation: RecomputationView | None = Field(description="Null: nothing has changed.")
