"""What a rule set says of a report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from shared.domain.newer import code


class FailureCode(StrEnum):
    """Why a rule that matched, or that should have been tried, names no agency."""

    NO_REGION = auto()  #: it needs the region of the report, and none is known
    NOBODY_COMPETENT = auto()  #: no agency of the kind is competent for the region
    SEVERAL_COMPETENT = auto()
    UNKNOWN_AGENCY = auto()
    OUT_OF_SERVICE = auto()
    CANNOT_APPLY = auto()  #: the rule itself is broken
    OUTSIDE_INSTANSI = auto()  #: an instansi's own rule finds an agency of somebody else


@dataclass(frozen=True, slots=True)
class Match:
    """A rule whose conditions the report meets. `agency` is None where the rule failed.

    `after`: the agency that had the duty until it ended, with its name and its last day; `agency` took over from it.
    """

    rule: int
    position: int
    agency: str | None
    conditions: Mapping[str, Any]  #: those of the rule, as it was stored
    result: Mapping[str, Any]
    note: str
    after: Mapping[str, str] | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "position": self.position,
            "agency": self.agency,
            "conditions": dict(self.conditions),
            "result": dict(self.result),
            "note": self.note,
            "after": None if self.after is None else dict(self.after),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Match":
        names = ("rule", "position", "agency", "conditions", "result", "note")
        return cls(**{name: data[name] for name in names}, after=data.get("after"))


@dataclass(frozen=True, slots=True)
class Failure:
    rule: int
    position: int
    code: FailureCode
    values: Mapping[str, str]  #: codes and names for the sentence, never a reporter's words

    def as_data(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "position": self.position,
            "code": self.code.value,
            "values": dict(self.values),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Failure":
        return cls(data["rule"], data["position"], code(FailureCode, data["code"]), data["values"])


def yields_to(result: Mapping[str, Any], level: str) -> bool:
    """What a city's own agencies do is the city's to say: not the province's around it."""
    return result.get("yields") is True and (result.get("level") or level) == level


@dataclass(frozen=True, slots=True)
class Ruling:
    """The first rule that matched decides; those after it are not tried.

    A rule that failed stops the set as well: a person sees the failure, nothing is skipped in silence.
    """

    rule_set: int | None = None  #: the version; None: there is no set in force
    tried: int = 0  #: how many rules, the deciding one included
    match: Match | None = None
    failure: Failure | None = None
    instansi: str | None = None  #: whose set it is; None: the nation's

    @property
    def speaks(self) -> bool:
        """Whether a rule decides, or fails."""
        return self.match is not None or self.failure is not None

    def yields_to(self, level: str) -> bool:
        """Whether an instansi of this level may speak first: where nothing was said, or by a rule that yields."""
        if self.match is None:
            return not self.speaks
        return yields_to(self.match.result, level)

    @property
    def agency(self) -> str | None:
        return self.match.agency if self.match is not None else None

    def as_data(self) -> dict[str, Any]:
        return {
            "rule_set": self.rule_set,
            "tried": self.tried,
            "match": None if self.match is None else self.match.as_data(),
            "failure": None if self.failure is None else self.failure.as_data(),
            **({} if self.instansi is None else {"instansi": self.instansi}),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Ruling":
        match, failure = data["match"], data["failure"]
        return cls(
            data["rule_set"],
            data["tried"],
            None if match is None else Match.from_data(match),
            None if failure is None else Failure.from_data(failure),
            data.get("instansi"),
        )


NO_RULES = Ruling()
