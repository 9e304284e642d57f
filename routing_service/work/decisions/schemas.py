"""A routing decision as callers ask for it and read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Level
from shared.http.locations import GivenLocation
from shared.http.wire import Answer, Bilingual, Code, LongText, Schema, SubjectCode, Title


class PreviewLocation(GivenLocation):
    pass


class PreviewRequest(Schema):
    """A report that is not submitted yet, as far as it is written."""

    classification: Classification | None = None
    title: Title | None = None
    body: LongText | None = None
    category: Code | None = None
    subject: SubjectCode | None = Field(None, description="That the citizen picked.")
    agency: Code | None = Field(None, description="The agency that the reporter means it for.")
    channel: Channel | None = None
    location: PreviewLocation | None = None


class Told(Answer):
    """`code` and `values` are for programs, `text` is for people, in the language that was asked for."""

    code: str
    text: str
    values: dict[str, Any]


class CandidateView(Answer):
    agency: str
    name: str | None = Field(None, description="Its name when this was decided.")
    score: float | None = Field(None, description="0 to 1; a rule counts 1, a model its calibrated probability.")
    reasons: list[Told]


class EvidenceView(Answer):
    source: str = Field(description="coordinates, given_code, location_text or body.")
    region: str
    confidence: float
    text: str


class PlaceView(Answer):
    """The region that the report is about, and what says so."""

    region: str | None
    confidence: float
    evidence: list[EvidenceView]
    contradictions: list[str]


class RulesView(Answer):
    """`rule` decided, or failed; `tried` rules were looked at, this one included."""

    rule_set: int | None
    tried: int
    rule: int | None
    position: int | None
    agency: str | None
    failure: str | None = Field(None, description="Why the rule gave no agency; a code.")
    instansi: str | None = Field(None, description="Whose own set it is; null: the nation's.")
    text: str


class Versions(Answer):
    """What was in force. Null: there was none."""

    registry: int | None
    rules: int | None
    instansi_rules: int | None = Field(None, description="Changes whenever an instansi puts rules of its own in force.")
    boundaries: int | None
    model: int | None


class CategoryOffer(Answer):
    """A category to choose with one click: `POST /v1/reports/{id}/verification` takes it."""

    code: str
    label: Bilingual
    agency: str | None = Field(description="Whom the rules name under it; null: nobody.")
    name: str | None


class SubjectOffer(Answer):
    """A subject to choose with one click: `POST /v1/reports` takes it."""

    code: str
    label: Bilingual
    meaning: Bilingual


class Suggestion(Answer):
    """`clear`: there is one agency and no doubt. Otherwise a person decides, and `doubts` say why."""

    agency: str | None
    clear: bool
    text: str
    candidates: list[CandidateView] = Field(description="The best first, at most three.")
    doubts: list[Told]
    remarks: list[Told]
    subjects: list[SubjectOffer] = Field([], description="In a preview: the likeliest first, at most three.")
    categories: list[CategoryOffer] = Field(
        [], description="The likeliest first, at most three; only for a preview, and for those who may read the words."
    )
    place: PlaceView | None = None
    rules: RulesView | None = None
    versions: Versions | None = None


class DecisionView(Answer):
    """Who sent the report to whom. `differs`: a person chose another agency than was suggested at that moment."""

    decided_at: datetime
    actor: str
    automatic: bool
    action: str
    agency: str | None
    name: str | None = Field(None, description="The agency's name at that time.")
    suggestion: Suggestion | None
    differs: bool | None
    override_reason: str | None = Field(None, description="Why, as far as the person said it; a code.")
    note: str | None = Field(None, description="What the person noted with the decision.")
    carried_out: bool = Field(False, description="The service acted on the suggestion by itself.")
    text: str


class ReturnView(Answer):
    """An agency or a coordinator said that it is not theirs."""

    returned_at: datetime
    actor: str
    reason: str
    previous_agency: str | None
    suggested_agency: str | None
    text: str


class HolderInRing(Answer):
    level: Level
    agency: str | None


class RingView(Answer):
    """How often agencies have returned the report. Once `returns` reaches `most`, an agency or coordinator
    that has returned it can no longer pass it on.
    """

    returns: int
    most: int
    members: list[HolderInRing]
    closed: bool
    must_decide: Level | None = Field(
        None, description="The level that must decide now, because the report has gone round in a ring."
    )
    text: str


class RoutingView(Answer):
    report_id: UUID
    tracking_number: str
    agency: str | None
    decisions: list[DecisionView] = Field(description="The newest 50, in order.")
    decisions_total: int = Field(description="The older ones: GET /v1/reports/{id}/routing/decisions.")
    returns: list[ReturnView] = Field(description="The newest 50, in order.")
    returns_total: int = Field(description="The older ones: GET /v1/reports/{id}/routing/returns.")
    ring: RingView
    suggestion: Suggestion = Field(description="Today's suggestion for the report as it is now.")
