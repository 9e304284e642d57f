"""From texts and places to sparse rows of numbers, and what was learned for that. Pure."""

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from routing_service.competence.learning import texts

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
class Counted:
    """How often each term stands in each reading: cut into terms once, however often they are learned from."""

    name: str
    terms: tuple[str, ...]
    counts: sparse.csr_matrix  #: readings x terms
    texts: tuple[str, ...]

    def of(self, positions: Sequence[int]) -> "Counted":
        rows = self.counts[np.array(positions, dtype=np.int64)]
        return Counted(self.name, self.terms, rows, tuple(self.texts[one] for one in positions))

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {term: position for position, term in enumerate(self.terms)}


def count(name: str, readings: Sequence[Reading]) -> Counted:
    index: dict[str, int] = {}
    positions, counts, ends = array("i"), array("f"), array("i", [0])
    for reading in readings:
        found = Counter(VIEWS[name](reading))
        positions.extend(index.setdefault(term, len(index)) for term in found)
        counts.extend(found.values())
        ends.append(len(positions))
    parts = (np.frombuffer(counts, dtype=np.float32), np.frombuffer(positions, dtype=np.int32), np.array(ends))
    matrix = sparse.csr_matrix(parts, shape=(len(readings), len(index)))
    return Counted(name, tuple(index), matrix, tuple(reading.text for reading in readings))


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

    def rows(self, counted: Counted) -> sparse.csr_matrix:
        """What `row` gives, of many readings whose terms have been counted."""
        known = [(position, counted.index.get(term)) for position, term in enumerate(self.terms)]
        own = np.array([position for position, column in known if column is not None], dtype=np.int64)
        columns = [column for _, column in known if column is not None]
        found = sparse.csr_matrix(counted.counts[:, columns], dtype=np.float32)
        data = (1 + np.log(found.data)) * self.idf[own[found.indices]]
        squares = np.add.reduceat(np.append(data * data, 0), found.indptr[:-1]) * (np.diff(found.indptr) > 0)
        lengths = np.sqrt(np.where(squares > 0, squares, 1))
        data = data / np.repeat(lengths, np.diff(found.indptr))
        parts = (data.astype(np.float32), own[found.indices], found.indptr)
        return sparse.csr_matrix(parts, shape=(len(counted.texts), len(self.terms)))


def learn_view(counted: Counted, *, least: int, most: int) -> View:
    """The terms that stand in at least `least` different texts, the `most` frequent of them.

    A term of fewer texts is never kept: a rare name cannot be read out of a model, also if its report was sent thrice.
    """
    different = list({text: position for position, text in enumerate(counted.texts)}.values())
    seen = np.bincount(counted.counts[different].indices, minlength=len(counted.terms))
    kept = sorted(counted.terms[position] for position in _most_frequent(seen, counted.terms, least, most))
    idf = np.log((1 + len(different)) / (1 + seen[[counted.index[term] for term in kept]])) + 1
    return View(counted.name, tuple(kept), idf.astype(np.float32))


def _most_frequent(seen: npt.NDArray[np.int64], terms: Sequence[str], least: int, most: int) -> list[int]:
    """By how many texts have it, then by the term: the same whatever the order of the reports."""
    frequent = np.flatnonzero(seen >= least).tolist()
    return sorted(frequent, key=lambda one: (-seen[one], terms[one]))[:most]


@dataclass(frozen=True)
class Features:
    """All views side by side, words before grams."""

    views: tuple[View, ...]

    def rows(self, counted: Sequence[Counted]) -> sparse.csr_matrix:
        """What `matrix` gives, of readings whose terms have been counted, in the order of the views."""
        views = [view.rows(one) for view, one in zip(self.views, counted, strict=True)]
        return sparse.csr_matrix(sparse.hstack(views, format="csr", dtype=np.float32))

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
