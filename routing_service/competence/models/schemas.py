"""What is told of models."""

from datetime import datetime

from pydantic import Field

from shared.domain.states import ModelState
from shared.http.wire import DEFAULT_LIMIT, Answer, Limit, Schema


class Metrics(Answer):
    """On the latest reports, by a model that had seen only the earlier ones."""

    held_back: int = Field(description="Reports that it was measured on.")
    top1: float = Field(description="Share whose agency was named first.")
    coverage: float = Field(description="Share that would have been assigned without a person.")
    precision: float | None = Field(description="Share of these that was right; null where there was none.")
    wanted: float = Field(description="The precision that the threshold was chosen for.")
    threshold: float = Field(description="The probability from which on a report may be assigned; above 1: never.")


class TrainedOn(Answer):
    """Counts alone: no report and no word can be derived from them."""

    reports: int
    returned: int = Field(description="Reports that an agency answered after another had returned them.")
    agencies: int
    classes: int = Field(description="Agencies, and kinds of offices that exist in many places.")
    first: datetime
    last: datetime


class ModelView(Answer):
    id: int
    state: ModelState
    metrics: Metrics
    trained_on: TrainedOn
    trained_by: str
    trained_at: datetime
    compared_with: int | None = Field(description="The model in force when it was trained.")
    activated_by: str | None
    activated_at: datetime | None
    size_bytes: int


class Achieved(Answer):
    """How often the model in force was right where it was sure, on reports that agencies have confirmed since."""

    since: datetime
    reports: int = Field(description="Confirmed reports that it was sure of when they were new.")
    right: int
    precision: float | None = Field(description="right / reports; null where there are none.")
    wanted: float


class ModelList(Answer):
    items: list[ModelView]
    active: int | None = Field(description="The model in force; null: nothing has been learned yet.")
    achieved: Achieved | None = Field(None, description="Of the model in force.")


class ModelParams(Schema):
    limit: Limit = DEFAULT_LIMIT
