"""The learned function itself: from texts to the likeliest classes with calibrated probabilities. Pure.

One table of weights scores two blocks of targets: the classes, and pairs of a class and a category.
The score of a class is its own and that of its best pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning.features import Features, Floats, Ints, Reading
from routing_service.competence.learning.prediction import Word

MOST_WORDS = 5  #: that are told for an agency
MOST_CLASSES = 8  #: that are told of a report
MOST_PAIRS = 20
_SPREAD = 4.0  #: how fast the classes behind the first lose their share with their score

Bools = npt.NDArray[np.bool_]
Halves = npt.NDArray[np.float16]  #: weights are stored so


@dataclass(frozen=True)
class Sureness:
    """How likely the first class is right, by how far it is ahead in each of the two blocks."""

    slopes: Floats
    shift: float

    def probabilities(self, leads: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(leads @ self.slopes + self.shift))), dtype=np.float32)

    @classmethod
    def fit(cls, leads: Floats, right: Bools) -> "Sureness":
        """Without a lead nothing is sure, however easy these reports were: an empty text would be assigned else."""
        from sklearn.linear_model import LogisticRegression  # only who trains waits for the import

        if right.all() or not right.any():
            return cls._by_share(leads, right)
        learned = LogisticRegression().fit(leads, right)
        if learned.coef_[0] @ leads.mean(axis=0) <= 0:  # a few that were far ahead and wrong
            return cls._by_share(leads, right)
        return cls(learned.coef_[0].astype(np.float32), float(learned.intercept_[0]))

    @classmethod
    def _by_share(cls, leads: Floats, right: Bools) -> "Sureness":
        """The share with one more of either kind; where most were right, it is what their mean lead is worth."""
        odds = float(np.log((right.sum() + 1) / ((~right).sum() + 1)))
        mean = float(leads.mean(axis=0).sum())
        if odds <= 0 or mean <= 0:
            return cls(np.zeros(leads.shape[1], dtype=np.float32), odds)
        return cls(np.full(leads.shape[1], odds / mean, dtype=np.float32), 0.0)


UNSURE = Sureness(np.zeros(2, dtype=np.float32), 0.0)


@dataclass(frozen=True)
class Pairs:
    """Of a class and a category, ordered by class."""

    owners: Ints  #: the class of each
    categories: tuple[str, ...]  #: '' where nobody had sorted the reports


@dataclass(frozen=True)
class Ranked:
    """Of each report: its likeliest classes, the best first, their probabilities, and the two leads of the first.

    And its likeliest pairs, the best first.
    """

    classes: Ints
    probabilities: Floats
    leads: Floats
    pairs: Ints

    def of(self, position: int) -> "Ranked":
        """One report alone."""
        one = slice(position, position + 1)
        return Ranked(self.classes[one], self.probabilities[one], self.leads[one], self.pairs[one])


@dataclass(frozen=True)
class Classifier:
    classes: tuple[str, ...]
    pairs: Pairs
    features: Features
    weights: Halves  #: terms x (classes, then pairs)
    sureness: Sureness = UNSURE

    def rank(self, readings: Sequence[Reading]) -> Ranked:
        scores = np.empty((len(readings), self.weights.shape[1]), dtype=np.float32)
        for position, reading in enumerate(readings):
            terms, values = self.features.row(reading)
            scores[position] = values @ self.weights[terms].astype(np.float32)
        return self.ranked(scores)

    def ranked(self, scores: Floats) -> Ranked:
        """`scores`: of all targets, a row for each report."""
        own, best = scores[:, : len(self.classes)], self._of_pairs(scores)
        both = own + best
        order = np.argsort(-both, axis=1, kind="stable")[:, :MOST_CLASSES]
        leads = np.stack([_lead(own, order[:, 0]), _lead(best, order[:, 0])], axis=1)
        behind = np.take_along_axis(both, order, axis=1) - both.max(axis=1, keepdims=True)
        shares = np.exp(_SPREAD * behind)
        first = self.sureness.probabilities(leads)
        rest = shares[:, 1:] / shares[:, 1:].sum(axis=1, keepdims=True) * (1 - first)[:, None]
        shares = np.hstack([first[:, None], np.minimum(rest, first[:, None])])
        of_pairs = own[:, self.pairs.owners] + scores[:, len(self.classes) :]
        pairs = np.argsort(-of_pairs, axis=1, kind="stable")[:, :MOST_PAIRS]
        return Ranked(order, shares.astype(np.float32), leads, pairs)

    def _of_pairs(self, scores: Floats) -> Floats:
        """The best pair of each class; of a class without one its own score again."""
        best = scores[:, : len(self.classes)].copy()
        if len(self.pairs.owners):
            known, starts = np.unique(self.pairs.owners, return_index=True)
            best[:, known] = np.maximum.reduceat(scores[:, len(self.classes) :], starts, axis=1)
        return best

    def words(self, reading: Reading, position: int) -> tuple[Word, ...]:
        """What spoke for a class more than for the others, the strongest first."""
        view = self.features.views[0]
        found, values = view.row(reading.text)
        weights = self.weights[found, : len(self.classes)].astype(np.float32)
        spoke = values * (weights[:, position] - weights.mean(axis=1))
        order = sorted(range(len(found)), key=lambda one: (-spoke[one], view.terms[found[one]]))
        telling = [one for one in order if spoke[one] > 0 and not view.terms[found[one]].startswith("xx")]
        return tuple(Word(view.terms[found[one]], float(spoke[one])) for one in telling[:MOST_WORDS])


def _lead(scores: Floats, top: Ints) -> Floats:
    """How far a class is ahead of all others; below 0 where another is ahead of it."""
    own = np.arange(len(scores))
    others = scores.copy()
    others[own, top] = -np.inf
    found: Floats = scores[own, top] - others.max(axis=1)
    return found
