from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from routing_service.work.desk.schemas import Act
from shared.domain.lifecycle import Status
from shared.http.wire import Answer, LongText, Storable

#: An id or a tracking number.
ReportReference = Annotated[str, StringConstraints(min_length=1, max_length=64), Storable]


class Merger(Act):
    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "1234567897"}]})

    into: ReportReference = Field(description="The id or tracking number of the older report about the same thing.")
    note: LongText | None = Field(None, description="Internal.")


class Parting(Act):
    note: LongText | None = Field(None, description="Internal.")


class PartsView(Answer):
    """Each between 0 and 1; null: not known for both reports."""

    words: float
    distance: float | None
    category: float | None
    time: float


class SimilarReport(Answer):
    id: UUID
    tracking_number: str
    status: Status
    title: str = Field(
        description="The verified title; people in it are masked if the caller sees only what is public."
    )
    region: str | None
    agency: str | None
    received_at: datetime
    secret: bool
    supports: int
    mine: bool = Field(description="Whether the caller works on this report.")
    survives: bool = Field(description="Whether this report can be merged into it: it is as old or older.")
    score: float = Field(description="Between 0 and 1.")
    parts: PartsView


class SimilarReports(Answer):
    """Best first, at most ten; the list is rarely complete."""

    items: list[SimilarReport]
