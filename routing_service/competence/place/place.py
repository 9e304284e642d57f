"""The region that a report is about, with the evidence for it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from shared.domain.newer import code


class Source(StrEnum):
    """What a region was read from, the most telling first."""

    COORDINATES = auto()
    GIVEN_CODE = auto()
    LOCATION_TEXT = auto()
    BODY = auto()


@dataclass(frozen=True, slots=True)
class Clue:
    source: Source
    region: str
    confidence: float  #: 0 to 1
    values: Mapping[str, str | float] = field(default_factory=dict)  #: for the sentence: names of regions, codes

    def as_data(self) -> dict[str, Any]:
        values = dict(self.values)
        return {
            "source": self.source.value,
            "region": self.region,
            "confidence": round(self.confidence, 3),
            "values": values,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Clue":
        return cls(code(Source, data["source"]), data["region"], data["confidence"], data.get("values", {}))


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two pieces of evidence of which neither region lies in the other."""

    one: Clue
    other: Clue

    def as_data(self) -> dict[str, Any]:
        return {"one": self.one.as_data(), "other": self.other.as_data()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Contradiction":
        return cls(Clue.from_data(data["one"]), Clue.from_data(data["other"]))


@dataclass(frozen=True, slots=True)
class Place:
    """`region` None: nothing tells. Where evidence contradicts, the most telling source gives the region."""

    region: str | None = None
    confidence: float = 0.0
    evidence: tuple[Clue, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    boundaries: int | None = None  #: the version of the boundaries that were looked at

    def as_data(self) -> dict[str, Any]:
        return {
            "region": self.region,
            "confidence": round(self.confidence, 3),
            "evidence": [one.as_data() for one in self.evidence],
            "contradictions": [one.as_data() for one in self.contradictions],
            "boundaries": self.boundaries,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Place":
        return cls(
            data["region"],
            data["confidence"],
            tuple(Clue.from_data(one) for one in data["evidence"]),
            tuple(Contradiction.from_data(one) for one in data["contradictions"]),
            data.get("boundaries"),
        )


NOWHERE = Place()
