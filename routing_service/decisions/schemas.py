"""A routing decision as callers ask for it and read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from routing_service.decisions import sentences
from shared.lifecycle import Classification
from shared.regions import LATITUDE_RANGE, LONGITUDE_RANGE
from shared.wire import Answer, Code, LongText, RegionCode, Schema, ShortText, Title


class PreviewLocation(Schema):
    text: ShortText | None = None
    latitude: Annotated[float, Field(ge=LATITUDE_RANGE[0], le=LATITUDE_RANGE[1])] | None = None
    longitude: Annotated[float, Field(ge=LONGITUDE_RANGE[0], le=LONGITUDE_RANGE[1])] | None = None
    region_code: RegionCode | None = None


class PreviewRequest(Schema):
    """A report that is none yet. Category, region and the agency meant decide; the rest is taken for later."""

    classification: Classification | None = None
    title: Title | None = None
    body: LongText | None = None
    category: Code | None = None
    agency: Code | None = Field(None, description="The agency that the reporter means it for.")
    location: PreviewLocation | None = None


class ReasonView(Answer):
    """`code` is for programs, the sentences are for people."""

    code: str
    id: str
    en: str


class CandidateView(Answer):
    agency: str
    reasons: list[ReasonView]


class Suggestion(Answer):
    """`clear`: there is one agency and nothing against it; else a person decides and `doubts` say why."""

    agency: str | None
    clear: bool
    candidates: list[CandidateView]
    doubts: list[ReasonView]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Suggestion":
        """From a decision as it is stored."""
        return cls(
            agency=data["agency"],
            clear=data["clear"],
            candidates=[
                CandidateView(
                    agency=one["agency"],
                    reasons=[_view(reason["code"], sentences.of_reason(reason)) for reason in one["reasons"]],
                )
                for one in data["candidates"]
            ],
            doubts=[_view(code, sentences.of_doubt(code)) for code in data["doubts"]],
        )


def _view(code: str, sentence: sentences.Sentence) -> ReasonView:
    return ReasonView(code=code, id=sentence[0], en=sentence[1])


class DecisionView(Answer):
    """Who sent it where. `differs`: a person chose otherwise than the suggestion of that moment."""

    decided_at: datetime
    actor: str
    automatic: bool
    action: str
    agency: str | None
    suggestion: Suggestion | None
    differs: bool | None


class ReturnView(Answer):
    """An agency or a coordinator said that it is not theirs."""

    returned_at: datetime
    actor: str
    reason: str
    previous_agency: str | None
    suggested_agency: str | None


class RoutingView(Answer):
    report_id: UUID
    tracking_number: str
    agency: str | None
    decisions: list[DecisionView]
    returns: list[ReturnView]
    suggestion: Suggestion = Field(description="What the rules of today say of the report as it is now.")
