"""How sure to be of the likeliest class: learned on reports that came after all those the model had seen. Pure.

A report is sure where its class is far ahead, by every way of saying it, on a text of which much is known. The
logistic regression over such signs is calibrated by itself: it is fitted to how often the model was right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning.features import Floats
from routing_service.competence.learning.ranker import Candidates, Ints

MEMBERS = ("logit", "ridge")  #: the others add nothing but chance
STRENGTH = 0.05  #: of the fit; the less, the more it is held back
FOLDS = 5

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sureness:
    mean: Floats
    scale: Floats
    weights: Floats
    shift: float

    def probabilities(self, signs: Floats) -> Floats:
        odds = ((signs - self.mean) / self.scale) @ self.weights + self.shift
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def signs(found: Candidates, raw: Floats, both: Floats, scores: Mapping[str, Floats], known: Floats) -> Floats:
    """One row for each report. `raw` and `both` are of its candidates: by the trees, and by all together."""
    own = np.arange(len(both))
    best = both.argmax(axis=1)
    leads = [_lead(scores[name], found.classes[own, best]) for name in MEMBERS]
    columns = [log_odds(both[own, best]), log_odds(raw[own, best]), *leads, known]
    return np.stack(columns, axis=1).astype(np.float32)


def _lead(said: Floats, top: Ints) -> Floats:
    """How far a member has the class ahead of all others; below 0 where it prefers another."""
    own = np.arange(len(said))
    others = said.copy()
    others[own, top] = -np.inf
    found: Floats = said[own, top] - others.max(axis=1)
    return found


def log_odds(probabilities: Floats) -> Floats:
    bounded = np.clip(probabilities, 1e-4, 1 - 1e-4)
    found: Floats = np.log(bounded / (1 - bounded))
    return found


def fit(found: Floats, right: Bools) -> tuple[Sureness, Floats]:
    """And the probabilities of the same reports, each by a fit that had not seen it."""
    mean, scale = found.mean(axis=0), found.std(axis=0) + 1e-6
    folds = np.arange(len(right)) % FOLDS
    told = np.empty(len(right), dtype=np.float32)
    for fold in range(FOLDS):
        rest = folds != fold
        told[~rest] = _fitted(found[rest], right[rest], mean, scale).probabilities(found[~rest])
    return _fitted(found, right, mean, scale), told


def _fitted(found: Floats, right: Bools, mean: Floats, scale: Floats) -> Sureness:
    """Where all were right or all wrong there is nothing to learn: the share with one more of the other kind."""
    from sklearn.linear_model import LogisticRegression  # only who trains waits for the import

    if right.all() or not right.any():
        share = (right.sum() + 1) / (len(right) + 2)
        return Sureness(mean, scale, np.zeros(len(mean), dtype=np.float32), float(np.log(share / (1 - share))))
    learned = LogisticRegression(C=STRENGTH, max_iter=500).fit((found - mean) / scale, right)
    return Sureness(mean, scale, learned.coef_[0].astype(np.float32), float(learned.intercept_[0]))
