"""The region that a report is about, with the evidence for it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any


class Source(StrEnum):
    """What a region was read from, the most telling first."""

    COORDINATES = auto()
    GIVEN_CODE = auto()
    LOCATION_TEXT = auto()
    BODY = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
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


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two pieces of evidence of which neither region lies in the other."""

    one: Evidence
    other: Evidence

    def as_data(self) -> dict[str, Any]:
        return {"one": self.one.as_data(), "other": self.other.as_data()}


@dataclass(frozen=True, slots=True)
class Place:
    """`region` None: nothing tells. Where evidence contradicts, the most telling source gives the region."""

    region: str | None = None
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
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


NOWHERE = Place()
