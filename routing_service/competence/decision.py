"""A decision on where a report should go: who comes into question, for what, and what asks for a person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from shared.domain.newer import code


class Ground(StrEnum):
    """What speaks for an agency."""

    RULE = auto()
    LEARNED = auto()
    NAMED_BY_RETURN = auto()  #: whoever returned the report said that it is theirs
    NAMED_BY_REPORTER = auto()
    PLACE = auto()  #: the report is about its region
    SUCCESSOR = auto()  #: it took over from the agency that was meant


class Doubt(StrEnum):
    """Why a person must decide."""

    MUST_DECIDE = auto()  #: returned so often that nobody may pass it on any more
    RETURNED = auto()
    RULE_FAILED = auto()
    PLACES_CONTRADICT = auto()
    PLACE_UNSURE = auto()  #: what hangs on the place hangs on a guess
    NO_CATEGORY = auto()
    NO_REGION = auto()
    NO_RULE = auto()
    NOT_SURE = auto()
    RULE_AND_MODEL_DISAGREE = auto()
    REPORTER_NAMES_ANOTHER = auto()
    OUT_OF_SERVICE = auto()
    OUTSIDE_INSTANSI = auto()
    OTHER_REGION = auto()
    PART_MISSING = auto()  #: a part of the machinery failed, or could not be brought up to date


class Remark(StrEnum):
    """What the reader of a decision should know, though nothing follows from it."""

    NOTHING_LEARNED = auto()  #: no model yet: category, words and rules alone spoke
    PIN_UNUSED = auto()  #: coordinates were given, and no boundary in force has them


Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """A code for programs and the values that its sentence is made of."""

    code: Ground | Doubt | Remark
    values: Values = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return {"code": self.code.value, **self.values}

    @classmethod
    def from_data(cls, kind: type[Ground] | type[Doubt] | type[Remark], data: Values) -> "Reason":
        """A code that only a newer release knows is read, and is none of those that are known here."""
        values = {name: value for name, value in data.items() if name != "code"}
        return cls(code(kind, data["code"]), values)


@dataclass(frozen=True, slots=True)
class Candidate:
    agency: str
    name: str  #: as it was called when this was decided
    score: float  #: 0 to 1
    reasons: tuple[Reason, ...]

    def as_data(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "name": self.name,
            "score": round(self.score, 4),
            "reasons": [reason.as_data() for reason in self.reasons],
        }

    @classmethod
    def from_data(cls, data: Values) -> "Candidate":
        reasons = tuple(Reason.from_data(Ground, one) for one in data["reasons"])
        return cls(data["agency"], data.get("name") or data["agency"], data.get("score", 0.0), reasons)


@dataclass(frozen=True, slots=True)
class Decision:
    """The best candidate first. `clear`: it may be acted on without a person."""

    candidates: tuple[Candidate, ...] = ()
    doubts: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()

    @property
    def agency(self) -> str | None:
        return self.candidates[0].agency if self.candidates else None

    @property
    def clear(self) -> bool:
        return bool(self.candidates) and not self.doubts

    def as_data(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "clear": self.clear,
            "candidates": [candidate.as_data() for candidate in self.candidates],
            "doubts": [doubt.as_data() for doubt in self.doubts],
            "remarks": [remark.as_data() for remark in self.remarks],
        }
