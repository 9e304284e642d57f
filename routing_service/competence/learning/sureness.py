"""How likely the first class is right, and from which probability on no person is needed. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning.features import Floats

NEVER = 2.0  #: no probability reaches it: the model decides nothing alone
LEAST = 20  #: held-back reports above a threshold: fewer prove nothing
_STRENGTH = 10.0  #: of the fit; bounded, since reports that are parted without an error would make it endless

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sureness:
    """By how far the first class is ahead in each of the two blocks."""

    slopes: Floats
    shift: float

    def probabilities(self, leads: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(leads @ self.slopes + self.shift))), dtype=np.float32)

    @classmethod
    def fit(cls, leads: Floats, right: Bools) -> "Sureness":
        """Without a lead nothing is sure, however easy these reports were: an empty text would be assigned else."""
        from sklearn.linear_model import LogisticRegression

        if not right.all() and right.any():
            learned = LogisticRegression().fit(leads, right)
            if learned.coef_[0] @ leads.mean(axis=0) > 0:  # else a few were far ahead and wrong
                return cls(learned.coef_[0].astype(np.float32), float(learned.intercept_[0]))
        # The share with one more of either kind; where most were right, it is what their mean lead is worth.
        odds = float(np.log((right.sum() + 1) / ((~right).sum() + 1)))
        mean = float(leads.mean(axis=0).sum())
        if odds <= 0 or mean <= 0:
            return cls(np.zeros(2, dtype=np.float32), odds)
        return cls(np.full(2, odds / mean, dtype=np.float32), 0.0)


UNSURE = Sureness(np.zeros(2, dtype=np.float32), 0.0)


def threshold(confidence: npt.NDArray[np.floating], right: Bools, *, wanted: float) -> float:
    """The lowest probability from which on the share of right ones is expected to be as wanted; NEVER where none is.

    Expected by a logistic curve through all held-back reports: counted above each threshold, a few reports that are
    sure and wrong would move it far, and the threshold that had good luck would be taken.
    """
    from sklearn.linear_model import LogisticRegression

    if right.all() or not right.any():  # there is no curve: the share with one more of the other kind
        expected = np.full(len(right), (right.sum() + 1) / (len(right) + 2))
    else:
        bounded = np.clip(confidence.astype(np.float64), 1e-4, 1 - 1e-4)
        odds = np.log(bounded / (1 - bounded))[:, None]
        expected = LogisticRegression(C=_STRENGTH).fit(odds, right).predict_proba(odds)[:, 1]
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    cases = np.arange(1, len(ranked) + 1)
    last_of_its_value = np.append(ranked[1:] != ranked[:-1], True)  # equal ones are assigned together
    good = np.flatnonzero((np.cumsum(expected[order]) / cases >= wanted) & (cases >= LEAST) & last_of_its_value)
    return float(ranked[good[-1]]) if len(good) else NEVER
