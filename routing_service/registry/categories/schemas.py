"""A category as operators write and read it."""

from datetime import date
from typing import Self

from pydantic import ConfigDict, Field, StrictBool, model_validator

from routing_service.registry.agencies.schemas import Day
from shared.http.wire import Answer, Bilingual, Code, PageParams, Schema, Title

_PARENT = "The category that it is a part of; without one it stands at the top."
_FROM = "The first day on which reports may be put under it; null: no first day."
_NEEDS_EVIDENCE = "Whether a report under it must be proven by a file, such as a photo."
_UNTIL = "The last day; null: for good. Reports that are under it stay there."


class CategoryLabels(Schema):
    """In Indonesian and English."""

    id: Title
    en: Title


class CategoryCreate(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "road_markings",
                    "parent": "roads",
                    "label": {"id": "Marka jalan pudar", "en": "Faded road markings"},
                    "valid_from": "2026-07-01",
                }
            ]
        }
    )

    code: Code
    parent: Code | None = Field(None, description=_PARENT)
    label: CategoryLabels
    needs_evidence: StrictBool = Field(False, description=_NEEDS_EVIDENCE)
    valid_from: Day | None = Field(None, description=_FROM)
    valid_until: Day | None = Field(None, description=_UNTIL)


class CategoryPatch(Schema):
    """Only the fields that are given change; null takes away a parent or a date."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"valid_until": "2026-12-31"}]})

    parent: Code | None = Field(None, description=_PARENT)
    label: CategoryLabels | None = None
    needs_evidence: StrictBool | None = Field(None, description=_NEEDS_EVIDENCE)
    valid_from: Day | None = Field(None, description=_FROM)
    valid_until: Day | None = Field(None, description=_UNTIL)
    active: StrictBool | None = None

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for field in ("label", "needs_evidence", "active"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be taken away")
        return self


class CategoryView(Answer):
    code: str
    parent: str | None
    label: Bilingual
    needs_evidence: bool = Field(description=_NEEDS_EVIDENCE)
    valid_from: date | None
    valid_until: date | None
    active: bool


class CategoryParams(PageParams):
    parent: Code | None = None
    active: bool | None = None
    in_service_on: Day | None = Field(None, description="Active, and in its effective dates on this day.")
