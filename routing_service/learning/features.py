"""From texts and places to sparse rows of numbers, and what was learned for that. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from routing_service.learning import texts

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as the model reads it: its words, and what is known of its place."""

    text: str
    district: str = ""  #: a code, or in files a name; '' where none is known
    village: str = ""

    def place(self, level: str) -> str:
        return self.village if level == "village" else self.district


def _words(reading: Reading) -> Iterable[str]:
    return texts.words(reading.text)


def _grams(reading: Reading) -> Iterable[str]:
    return texts.grams(reading.text)


#: The views of a report: what is counted in each.
VIEWS: Mapping[str, Callable[[Reading], Iterable[str]]] = {"words": _words, "grams": _grams}


@dataclass(frozen=True)
class View:
    """One way of looking at a report: its terms, each with how telling it is (idf)."""

    name: str
    terms: tuple[str, ...]
    idf: Floats

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {term: position for position, term in enumerate(self.terms)}

    def row(self, reading: Reading) -> tuple[list[int], Floats]:
        """The known terms of a report and their weights: 1 + log of the count, by idf, to the length 1."""
        index = self.index
        counts = Counter(known for term in VIEWS[self.name](reading) if (known := index.get(term)) is not None)
        positions = list(counts)
        if not positions:
            return positions, np.zeros(0, dtype=np.float32)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[positions]
        return positions, (weights / math.sqrt(float(weights @ weights))).astype(np.float32)


def learn_view(name: str, readings: Sequence[Reading], *, least: int, most: int) -> View:
    """The terms that stand in at least `least` different texts, the `most` frequent of them.

    A term of fewer texts is never kept: a rare name cannot be read out of a model, also if its report was sent thrice.
    """
    different = {reading.text: reading for reading in readings}.values()
    seen: Counter[str] = Counter()
    for reading in different:
        seen.update(set(VIEWS[name](reading)))
    kept = sorted(term for term, _ in _most_frequent(seen, least, most))
    idf = [math.log((1 + len(different)) / (1 + seen[term])) + 1 for term in kept]
    return View(name, tuple(kept), np.array(idf, dtype=np.float32))


def _most_frequent(seen: Counter[str], least: int, most: int) -> list[tuple[str, int]]:
    """By how many texts have it, then by the term: the same whatever the order of the reports."""
    frequent = [(term, count) for term, count in seen.items() if count >= least]
    return sorted(frequent, key=lambda one: (-one[1], one[0]))[:most]


@dataclass(frozen=True)
class Features:
    """All views side by side, words before grams."""

    views: tuple[View, ...]

    @property
    def width(self) -> int:
        return sum(len(view.terms) for view in self.views)

    def width_of(self, name: str) -> int:
        return next(len(view.terms) for view in self.views if view.name == name)

    def matrix(self, readings: Sequence[Reading]) -> sparse.csr_matrix:
        ends = [0]
        positions: list[int] = []
        weights: list[Floats] = []
        for reading in readings:
            offset = 0
            for view in self.views:
                found, values = view.row(reading)
                positions.extend(position + offset for position in found)
                weights.append(values)
                offset += len(view.terms)
            ends.append(len(positions))
        data = np.concatenate(weights) if weights else np.zeros(0, dtype=np.float32)
        return sparse.csr_matrix((data, positions, ends), shape=(len(readings), self.width), dtype=np.float32)
