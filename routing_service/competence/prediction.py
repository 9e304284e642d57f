"""What the learned model says of a report. Pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Word:
    """A word (or pair of words) of the report that spoke for an agency, and how much."""

    text: str
    weight: float

    def as_data(self) -> dict[str, Any]:
        return {"text": self.text, "weight": round(self.weight, 3)}


@dataclass(frozen=True, slots=True)
class Likely:
    """An agency that the report may be for."""

    agency: str
    probability: float  #: calibrated
    words: tuple[Word, ...] = ()
    kind: str | None = None  #: it was learned as a kind of agency (village office, ...) and found by the place

    def as_data(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "probability": round(self.probability, 4),
            "words": [word.as_data() for word in self.words],
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True)
class Prediction:
    """The likeliest agencies, the best first, at most three."""

    model: int | None = None  #: the version; None: nothing has been learned yet
    likely: tuple[Likely, ...] = ()
    threshold: float = 1.0  #: from this probability on the best was right as often as wanted, on held-back data
    #: How far the first class was ahead, in both blocks; None where the place, or a return, left another first.
    leads: tuple[float, ...] | None = None
    categories: tuple[str, ...] = ()  #: the likeliest, the best first

    @property
    def sure(self) -> bool:
        return bool(self.likely) and self.likely[0].probability >= self.threshold

    def as_data(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "threshold": round(self.threshold, 4),
            "leads": None if self.leads is None else [round(one, 4) for one in self.leads],
            "categories": list(self.categories),
            "likely": [one.as_data() for one in self.likely],
        }


NOTHING_LEARNED = Prediction()
