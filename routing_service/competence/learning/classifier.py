"""The learned function itself: from readings to the likeliest classes with calibrated probabilities. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import softmax

from routing_service.competence.learning.features import Features, Floats, Reading
from routing_service.competence.learning.members import Places
from routing_service.competence.learning.mixing import Mix
from routing_service.competence.learning.prediction import Word
from routing_service.competence.learning.ranker import PLACE, Ranker, candidates
from routing_service.competence.learning.sureness import Sureness, signs

MOST_WORDS = 5  #: that are told for an agency
LOGIT_SHARE = 0.2  #: of the logistic regression in what is said; trees and mix share the rest

Halves = npt.NDArray[np.float16]  #: weights are stored so: 200 classes take some tens of MiB
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """The weights of the members. A group is what a class has of one category; groups stand in the order of classes."""

    ridge: Halves  #: terms x classes
    logit: Halves  #: terms x classes
    shifts: Floats  #: of the classes, for the logit
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
class Judged:
    """Of each report: its candidates, how likely trees, mix and logit hold them, and the signs of being right."""

    classes: Ints
    both: Floats
    signs: Floats


@dataclass(frozen=True)
class Classifier:
    classes: tuple[str, ...]
    features: Features
    tables: Tables
    mix: Mix
    ranker: Ranker
    sureness: Sureness | None = None  #: None: not yet measured on later reports

    def rank(self, readings: Sequence[Reading]) -> Ranked:
        return self.ranked(self.judge(readings))

    def ranked(self, judged: Judged) -> Ranked:
        order = np.argsort(-judged.both, axis=1, kind="stable")
        found = np.take_along_axis(judged.both, order, axis=1)
        if self.sureness is not None:  # the best gets its own probability, the others share the rest
            found[:, 0] = self.sureness.probabilities(judged.signs)
            others = found[:, 1:].sum(axis=1)
            found[:, 1:] *= np.minimum(1, (1 - found[:, 0]) / np.maximum(others, 1e-9))[:, None]
            found[:, 1:] = np.minimum(found[:, 1:], found[:, :1])
        return Ranked(np.take_along_axis(judged.classes, order, axis=1), found)

    def judge(self, readings: Sequence[Reading], rows: sparse.csr_matrix | None = None) -> Judged:
        """`rows`: their features, where they are known already."""
        rows = self.features.matrix(readings) if rows is None else rows
        scores = self._scores(rows, readings)
        known = lengths(rows)
        found = candidates(self.mix.probabilities(scores), scores, self.tables.priors, known)
        raw = self.ranker.probabilities(found.numbers)
        logit = softmax(_product(rows, self.tables.logit) + self.tables.shifts, axis=1)
        shares = raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-9)
        both = (1 - LOGIT_SHARE) * (shares + found.mixed) / 2
        both += LOGIT_SHARE * np.take_along_axis(logit, found.classes, axis=1)
        return Judged(found.classes, both, signs(found, raw, both, {**scores, "logit": np.log(logit + 1e-6)}, known))

    def _scores(self, rows: sparse.csr_matrix, readings: Sequence[Reading]) -> dict[str, Floats]:
        width = self.features.width_of("words")
        words, grams = rows[:, :width], rows[:, width:]
        tables = self.tables
        return gathered(
            ridge=_product(rows, tables.ridge),
            bayes=_product(words, tables.bayes),
            words=best_of_group(np.asarray((words @ tables.words).todense()), tables.owners),
            grams=best_of_group(np.asarray((grams @ tables.grams).todense()), tables.owners),
            places={one.level: one.scores([read.place(one.level) for read in readings]) for one in tables.places},
        )

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


def gathered(
    *, ridge: Floats, bayes: Floats, words: Floats, grams: Floats, places: Mapping[str, Floats]
) -> dict[str, Floats]:
    """All that is said of each class, in the order in which the mix has learned it."""
    return {
        "ridge": ridge,
        "ridge_log": np.log(np.clip((ridge + 1) / 2, 0.01, None)),
        "bayes": standard(bayes),
        "words": words,
        "grams": grams,
        **{f"{PLACE}{level}": shares for level, shares in places.items()},
    }


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


def header_of(classifier: Classifier) -> Mapping[str, Any]:
    """What is no array."""
    return {
        "sureness": None if classifier.sureness is None else classifier.sureness.shift,
        "ranker": {name: getattr(classifier.ranker, name) for name in ("start", "depth", "forests")},
        "places": [place.level for place in classifier.tables.places],
    }
