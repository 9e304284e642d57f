"""Rule sets as callers write and read them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from routing_service.competence.rule_sets.findings import FindingCode, Severity
from routing_service.competence.rules.ruling import FailureCode
from routing_service.competence.rules.words import phrase
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification
from shared.domain.states import RuleSetState
from shared.http.wire import (
    Answer,
    Bilingual,
    Code,
    PageParams,
    RegionCode,
    Schema,
    ShortText,
    Storable,
    SubjectCode,
    Title,
)

RuleSetNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]

MOST_RULES = 10_000
MOST_REPLAYED = 5_000


def _has_words(text: str) -> str:
    if not phrase(text):
        raise ValueError("it needs a letter or a digit")
    return text


WordText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Storable,
    AfterValidator(_has_words),
]
Phrases = Annotated[list[WordText], Field(min_length=1, max_length=500)]
Codes = Annotated[list[Code], Field(min_length=1, max_length=500)]


class WordsBody(Schema):
    """Words or phrases of the title and the text; case, accents and affixes do not count (docs/rules.md)."""

    any: Phrases | None = None
    all: Phrases | None = None
    none: Phrases | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.any or self.all or self.none):
            raise ValueError("give words in `any`, `all` or `none`")
        return self


class ConditionsBody(Schema):
    """All conditions must hold; of a list, any one value. A condition that is left out is not checked."""

    classification: Annotated[list[Classification], Field(min_length=1, max_length=3)] | None = None
    category: Codes | None = Field(None, description="With the categories below it.")
    subject: Annotated[list[SubjectCode], Field(min_length=1, max_length=50)] | None = Field(
        None, description="That somebody picked; without that, the subject above the category."
    )
    region: Annotated[list[RegionCode], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="With the regions in it."
    )
    words: WordsBody | None = None
    channel: Annotated[list[Channel], Field(min_length=1, max_length=20)] | None = None
    target_agency: Codes | None = Field(
        None, description="The agency that the reporter means it for, or one above that one."
    )


class ResultBody(Schema):
    """One of `agency`, `agencies` (a person chooses) and `competent`."""

    agency: Code | None = None
    agencies: Annotated[list[Code], Field(min_length=2, max_length=20)] | None = None
    competent: Code | None = Field(None, description="The agency of this kind or duty that the region belongs to.")
    level: Literal["national", "province", "regency_city"] | None = Field(
        None, description="With `competent`: only agencies of governments of this level."
    )
    yields: Literal[True] | None = Field(
        None,
        description=(
            "Of a national rule: where an instansi has a rule of its own, that one decides. With `level`, an instansi"
            " of that level alone."
        ),
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if [self.agency, self.agencies, self.competent].count(None) != 2:
            raise ValueError("give one of agency, agencies and competent")
        if self.level is not None and self.competent is None:
            raise ValueError("a level is only allowed with competent")
        return self


class RuleBody(Schema):
    conditions: ConditionsBody
    result: ResultBody
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), Storable] = ""
    legal_basis: ShortText | None = None

    def as_row(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True) | {"legal_basis": self.legal_basis}


Rules = Annotated[list[RuleBody], Field(max_length=MOST_RULES)]

_EXAMPLE: dict[str, Any] = {
    "name": "Aturan 2027",
    "rules": [
        {
            "conditions": {"category": ["street_light_out"], "words": {"none": ["rumah"]}},
            "result": {"competent": "transport", "level": "regency_city"},
            "note": "Lampu jalan diurus dinas perhubungan setempat.",
        }
    ],
}


class RuleSetCreate(Schema):
    """A draft. Without rules of its own it starts with those of the set that it is based on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    agency: Code | None = Field(
        None, description="The instansi whose own set it is. Null: the nation's; for whoever looks after one, its own."
    )
    name: Title
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), Storable] = ""
    based_on: RuleSetNumber | None = None
    rules: Rules | None = None


class RulesBody(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"rules": _EXAMPLE["rules"]}]})

    rules: Rules = Field(description="All of them, in their order: the first that a report meets decides.")


class RuleView(Answer):
    id: int
    position: int
    conditions: dict[str, Any]
    result: dict[str, Any]
    note: str
    legal_basis: str | None


class RuleSetView(Answer):
    id: int
    agency: str | None = Field(description="The instansi whose own set it is; null: the nation's.")
    version: int = Field(description="Changes whenever the rules are replaced; the ETag.")
    name: str
    note: str
    state: RuleSetState
    rules_count: int
    based_on: int | None
    replaced: int | None = Field(description="The set that was in force before; a rollback puts it in force again.")
    created_by: str
    created_at: datetime
    activated_by: str | None
    activated_at: datetime | None


class RuleSetDetail(RuleSetView):
    rules: list[RuleView]


class RuleSetParams(PageParams):
    state: RuleSetState | None = None
    agency: Code | None = Field(None, description="Only those of this instansi.")


class FindingView(Answer):
    """`rules`: positions; first the rule with the finding, then the rules that cause it. None: of the whole set."""

    code: FindingCode
    severity: Severity
    rules: list[int]
    national: list[int] = Field([], description="Of an instansi's own set: the nation's rules that cause it.")
    id: str
    en: str


class LintView(Answer):
    rule_set: int
    errors: int
    warnings: int
    findings: list[FindingView]


class Activation(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"replaces": 1}]})

    replaces: Annotated[
        RuleSetNumber | None, Field(description="The set that was in force when you replayed; null: none was in force.")
    ]


class ReplayRequest(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"last": 1000}]})

    last: Annotated[int, Field(ge=1, le=MOST_REPLAYED, description="How many reports, the newest first.")] = 1_000


class RuleOutcome(Answer):
    """What a set says of a report: an agency, a failure that a person must look at, or neither if no rule applies."""

    agency: str | None
    position: int | None
    failure: FailureCode | None
    rule_set: int | None = Field(description="Which set says it: the nation's, or an instansi's own.")


class ReplayedReport(Answer):
    tracking_number: str
    before: RuleOutcome
    after: RuleOutcome
    actual: str | None = Field(description="Whom it was really assigned to.")
    why: Bilingual


class Tally(Answer):
    """Of the reports examined, by one of the sets."""

    decided: int
    failed: int
    undecided: int
    as_assigned: int = Field(description="Decided, and the same agency as the one really assigned.")


class FailingRule(Answer):
    position: int
    failure: FailureCode
    reports: int


class ReplayView(Answer):
    """Which reports of the past would go elsewhere if this set were in force instead of the present one."""

    rule_set: int
    compared_with: int | None
    asked: int
    examined: int = Field(
        description="Public reports with their public text; for the national administrator all reports, as written. "
        "Fewer than asked: there are no more, or the time was up."
    )
    assigned: int = Field(description="Of those examined.")
    changed: int
    before: Tally
    after: Tally
    failing: list[FailingRule] = Field(description="Rules of this set that fail on some of the reports, worst first.")
    items: list[ReplayedReport]
    withheld: int = Field(0, description="Always 0: only reports that you may see are examined.")
