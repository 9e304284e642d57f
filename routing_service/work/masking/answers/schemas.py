"""What everybody may read of an official answer, and what was masked in it, for those who see all of it."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from routing_service.report.masks import Kind, Source
from routing_service.work.masking.schemas import OFFSETS, Reason, Stretch, Words
from shared.http.wire import Answer, Schema


class NewStretch(Stretch):
    type: Kind = Kind.OTHER


class AnswerChange(Schema):
    """Masks are added; `lift` takes back wrong ones, for coordinators and national administrators."""

    masks: list[NewStretch] = Field(default_factory=list, max_length=200)
    words: list[Words] = Field(default_factory=list, max_length=50, description="Masked wherever they stand.")
    type: Kind = Field(Kind.OTHER, description="What the `words` are.")
    lift: list[Stretch] = Field(default_factory=list, max_length=200, description="Masks that hide nobody.")
    reason: Reason | None = Field(None, description="Why masks are lifted; kept as an internal note.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.masks or self.words or self.lift):
            raise ValueError("give what to mask (masks, words) or what to unmask (lift)")
        return self


class AnswerMaskView(Answer):
    start: int = Field(description=OFFSETS)
    end: int
    type: Kind
    label: str = Field(description="What stands in its place.")
    words: str = Field(description="What it hides.")
    source: Source
    lifted: bool = Field(
        description="A mask that was found automatically, and that an officer above the agency has lifted."
    )


class PublicAnswerView(Answer):
    version: int = Field(description="Of the report.")
    message: UUID
    original: str
    masked: str | None = Field(description="What everybody may read; null until it is made.")
    masks: list[AnswerMaskView]
