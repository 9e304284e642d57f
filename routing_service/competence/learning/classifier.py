"""The learned function itself: from texts to the likeliest classes with calibrated probabilities. Pure.

One table of weights scores two blocks of targets: the classes, and pairs of a class and a category.
The score of a class is its own and that of its best pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning.features import Features, Floats, Ints, Reading, Row
from routing_service.competence.learning.sureness import UNSURE, Sureness
from routing_service.competence.prediction import Word

MOST_WORDS = 5  #: that are told for an agency
MOST_CLASSES = 8  #: that are told of a report
MOST_PAIRS = 20
_SPREAD = 4.0  #: how fast the classes behind the first lose their share with their score


@dataclass(frozen=True)
class Ranked:
    """Of each report: its likeliest classes and pairs, the best first; probabilities; the two leads of the first."""

    classes: Ints
    probabilities: Floats
    leads: Floats
    pairs: Ints


@dataclass(frozen=True)
class Classifier:
    classes: Sequence[str]
    owners: Ints  #: the class of each pair, rising
    categories: Sequence[str]  #: of each pair; '' where nobody had sorted the reports
    features: Features
    weights: npt.NDArray[np.float16]  #: terms x (classes, then pairs)
    sureness: Sureness = UNSURE

    def rank(self, readings: Sequence[Reading]) -> Ranked:
        return self.ranked(np.stack([self.scores(self.features.row(one)) for one in readings]))

    def scores(self, row: Row) -> Floats:
        """Of all targets."""
        columns, weights = row
        return weights @ self.weights[columns].astype(np.float32)

    def ranked(self, scores: Floats) -> Ranked:
        own, of_pairs = np.hsplit(scores, [len(self.classes)])
        best = own.copy()  # of a class without a pair its own score again
        if len(self.owners):
            known, starts = np.unique(self.owners, return_index=True)
            best[:, known] = np.maximum.reduceat(of_pairs, starts, axis=1)
        both = own + best
        order = np.argsort(-both, axis=1, kind="stable")[:, :MOST_CLASSES]
        leads = np.stack([_lead(own, order[:, 0]), _lead(best, order[:, 0])], axis=1)
        first = self.sureness.probabilities(leads)[:, None]
        shares = np.exp(_SPREAD * (np.take_along_axis(both, order, axis=1) - both.max(axis=1, keepdims=True)))[:, 1:]
        rest = shares / shares.sum(axis=1, keepdims=True) * (1 - first)
        probabilities = np.hstack([first, np.minimum(rest, first)]).astype(np.float32)
        pairs = np.argsort(-(own[:, self.owners] + of_pairs), axis=1, kind="stable")[:, :MOST_PAIRS]
        return Ranked(order, probabilities, leads, pairs)

    def words(self, row: Row, position: int) -> tuple[Word, ...]:
        """What spoke for a class more than for the others, the strongest first."""
        terms, is_word = self.features.terms[0], row[0] < len(self.features.terms[0])
        columns, values = row[0][is_word], row[1][is_word]
        weights = self.weights[columns, : len(self.classes)].astype(np.float32)
        spoke = values * (weights[:, position] - weights.mean(axis=1))
        found = [Word(terms[column], float(weight)) for column, weight in zip(columns, spoke, strict=True)]
        telling = [one for one in found if one.weight > 0 and not one.text.startswith("xx")]
        return tuple(sorted(telling, key=lambda one: (-one.weight, one.text))[:MOST_WORDS])


def _lead(scores: Floats, top: Ints) -> Floats:
    """How far a class is ahead of all others; below 0 where another is ahead of it."""
    own = np.arange(len(scores))
    others = scores.copy()
    others[own, top] = -np.inf
    found: Floats = scores[own, top] - others.max(axis=1)
    return found
