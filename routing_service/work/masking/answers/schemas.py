"""What everybody may read of an official answer, and what was masked in it, for those who see all of it."""

from uuid import UUID

from pydantic import Field

from routing_service.report.masks import Kind
from routing_service.work.masking.schemas import MaskedStretch, Masking, Stretch
from shared.http.wire import Answer


class NewStretch(Stretch):
    type: Kind = Kind.OTHER


class AnswerChange(Masking[NewStretch, Stretch]):
    """Masks are added; `lift` takes back wrong ones, for coordinators and national administrators."""


class AnswerMaskView(MaskedStretch):
    pass


class PublicAnswerView(Answer):
    version: int = Field(description="Of the report.")
    message: UUID
    original: str
    masked: str | None = Field(description="What everybody may read; null until it is made.")
    masks: list[AnswerMaskView]
