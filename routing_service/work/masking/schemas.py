"""What everybody may read of a report, and what was masked in it, for those who see all of it."""

from typing import Annotated, Generic, Self, TypeVar

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from routing_service.report import masks
from routing_service.report.masks import Kind, Source
from shared.http.wire import Answer, Schema, Storable

Offset = Annotated[int, Field(ge=0, le=20_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200), Storable]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500), Storable]

OFFSETS = "Counted in Unicode characters of the original, from 0."


class Stretch(Schema):
    start: Offset = Field(description=OFFSETS)
    end: Offset = Field(description="Of the first character behind it.")

    @model_validator(mode="after")
    def _is_a_stretch(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must be greater than start")
        return self


class MaskPlace(Stretch):
    field: masks.Field = masks.Field.BODY


class NewMask(MaskPlace):
    type: Kind = Kind.OTHER


New = TypeVar("New", bound=Stretch)
Place = TypeVar("Place", bound=Stretch)


class Masking(Schema, Generic[New, Place]):
    """Masks are added; `lift` takes back wrong ones, for coordinators and national administrators."""

    masks: list[New] = Field(default_factory=list, max_length=200)
    words: list[Words] = Field(
        default_factory=list, max_length=50, description="Masked wherever they stand, in a title too."
    )
    type: Kind = Field(Kind.OTHER, description="What the `words` are.")
    lift: list[Place] = Field(default_factory=list, max_length=200, description="Places of masks that hide nobody.")
    reason: Reason | None = Field(None, description="Why masks are lifted; kept as an internal note.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.masks or self.words or self.lift):
            raise ValueError("give what to mask (masks, words) or what to unmask (lift)")
        return self


class MaskChange(Masking[NewMask, MaskPlace]):
    """Masks are added; `lift` takes back wrong ones, for coordinators and national administrators."""


class TextView(Answer):
    title: str
    body: str


class MaskedStretch(Answer):
    start: int = Field(description=OFFSETS)
    end: int
    type: Kind
    label: str = Field(description="What stands in its place.")
    words: str = Field(description="What it hides.")
    source: Source
    lifted: bool = Field(
        description="A mask that was found automatically, and that an officer above the agency has lifted."
    )


class MaskView(MaskedStretch):
    field: masks.Field


class PublicTextView(Answer):
    version: int = Field(description="Of the report.")
    original: TextView
    masked: TextView | None = Field(description="What everybody may read; null until it is made.")
    masks: list[MaskView]
    masked_at: AwareDatetime | None
    masked_by: str | None
