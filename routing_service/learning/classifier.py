"""The learned function itself: from readings to the likeliest classes with calibrated probabilities. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from routing_service.learning.features import Features, Floats, Reading
from routing_service.learning.members import Places
from routing_service.learning.prediction import Word
from routing_service.learning.ranker import Candidates, Ranker, candidates

MOST_WORDS = 5  #: that are told for an agency

Halves = npt.NDArray[np.float16]  #: weights are stored so: 200 classes take some tens of MiB
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """The weights of the members. A group is what a class has of one category; groups stand in the order of classes."""

    ridge: Halves  #: terms x classes
    bayes: Halves  #: words x classes
    words: sparse.csr_matrix  #: words x groups
    grams: sparse.csr_matrix  #: grams x groups
    owners: Ints  #: the class of each group
    places: tuple[Places, ...]
    priors: Floats  #: of the classes, logarithms


@dataclass(frozen=True)
class Ranked:
    """Of each report: its likeliest classes, the best first, and the probability of each to be the right one."""

    classes: Ints
    probabilities: Floats


@dataclass(frozen=True)
class Classifier:
    classes: tuple[str, ...]
    features: Features
    tables: Tables
    ranker: Ranker
    slope: float = 1.0  #: of the calibration, on the scale of log odds
    shift: float = 0.0

    def rank(self, readings: Sequence[Reading]) -> Ranked:
        rows = self.features.matrix(readings)
        found = self.candidates(rows, readings)
        raw = self.ranker.probabilities(found.numbers)
        order = np.argsort(-raw, axis=1, kind="stable")
        ranked = np.take_along_axis(raw, order, axis=1)
        return Ranked(np.take_along_axis(found.classes, order, axis=1), self._calibrated(ranked))

    def _calibrated(self, raw: Floats) -> Floats:
        """The best class gets the probability that held-back reports gave it; the others share the rest at most."""
        found: Floats = 1 / (1 + np.exp(-(self.slope * log_odds(raw) + self.shift)))
        rest, others = 1 - found[:, :1], found[:, 1:].sum(axis=1, keepdims=True)
        found[:, 1:] *= np.minimum(1, rest / np.maximum(others, 1e-9))
        return found

    def candidates(self, rows: sparse.csr_matrix, readings: Sequence[Reading]) -> Candidates:
        words = self.features.width_of("words")
        narrow_words, narrow_grams = rows[:, :words], rows[:, words:]
        tables = self.tables
        scores = {
            "ridge": _product(rows, tables.ridge),
            "bayes": standard(_product(narrow_words, tables.bayes)),
            "words": best_of_group(np.asarray((narrow_words @ tables.words).todense()), tables.owners),
            "grams": best_of_group(np.asarray((narrow_grams @ tables.grams).todense()), tables.owners),
        }
        for place in tables.places:
            scores[f"place_{place.level}"] = place.scores([one.place(place.level) for one in readings])
        return candidates(scores, tables.priors, lengths(rows))

    def words(self, reading: Reading, position: int) -> tuple[Word, ...]:
        """What spoke for a class more than for the others, the strongest first."""
        view = self.features.views[0]
        found, values = view.row(reading)
        weights = self.tables.ridge[found].astype(np.float32)
        spoke = values * (weights[:, position] - weights.mean(axis=1))
        order = sorted(range(len(found)), key=lambda one: (-spoke[one], view.terms[found[one]]))
        telling = [one for one in order if spoke[one] > 0 and not view.terms[found[one]].startswith("xx")]
        return tuple(Word(view.terms[found[one]], float(spoke[one])) for one in telling[:MOST_WORDS])


def _product(rows: sparse.csr_matrix, weights: Halves) -> Floats:
    """Only the weights of terms that occur are made whole floats: there are few in one report."""
    used, positions = np.unique(rows.indices, return_inverse=True)
    narrow = sparse.csr_matrix((rows.data, positions, rows.indptr), shape=(rows.shape[0], len(used)))
    found: Floats = narrow @ weights[used].astype(np.float32)
    return found


def standard(scores: Floats) -> Floats:
    """Each report's scores with mean 0 and deviation 1: sums grow with the length of a text."""
    found: Floats = (scores - scores.mean(axis=1, keepdims=True)) / (scores.std(axis=1, keepdims=True) + 1e-6)
    return found


def best_of_group(scores: Floats, owners: Ints) -> Floats:
    """The score of the best group of each class. Every class has a group."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    found: Floats = np.maximum.reduceat(scores, starts, axis=1)
    return found


def lengths(rows: sparse.csr_matrix) -> Floats:
    """How much of the text the model knows: it is less sure of a report of three words."""
    found: Floats = np.log1p(np.diff(rows.indptr)).astype(np.float32)
    return found


def log_odds(probabilities: Floats) -> Floats:
    bounded = np.clip(probabilities, 1e-6, 1 - 1e-6)
    found: Floats = np.log(bounded / (1 - bounded))
    return found


def header_of(classifier: Classifier) -> Mapping[str, Any]:
    """What is no array."""
    return {
        "slope": classifier.slope,
        "shift": classifier.shift,
        "ranker": {"start": classifier.ranker.start, "depth": classifier.ranker.depth},
        "places": [place.level for place in classifier.tables.places],
    }
