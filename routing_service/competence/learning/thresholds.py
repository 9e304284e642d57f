"""From which probability on a report may be assigned without a person. Pure."""

import numpy as np
import numpy.typing as npt

NEVER = 2.0  #: no probability reaches it: the model decides nothing alone
LEAST = 20  #: held-back reports above a threshold: fewer prove nothing
_STRENGTH = 10.0  #: of the fit; bounded, since reports that are parted without an error would make it endless

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


def choose(confidence: Floats, right: Bools, *, wanted: float) -> float:
    """The lowest probability from which on the share of right ones is expected to be as wanted; NEVER where none is.

    Expected by a curve through all held-back reports: counted above each threshold, a few reports that are sure and
    wrong would move it far, and the threshold that had good luck would be taken.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    cases = np.arange(1, len(ranked) + 1)
    expected = np.cumsum(_expected(confidence, right)[order]) / cases
    last_of_its_value = np.append(ranked[1:] != ranked[:-1], True)  # equal ones are assigned together
    good = np.flatnonzero((expected >= wanted) & (cases >= LEAST) & last_of_its_value)
    return float(ranked[good[-1]]) if len(good) else NEVER


def _expected(confidence: Floats, right: Bools) -> Floats:
    """How often a report of this confidence is right: a logistic curve over the log-odds of the confidence.

    Where all were right or all wrong there is no curve: the share with one more of the other kind.
    """
    from sklearn.linear_model import LogisticRegression  # only who trains waits for the import

    if right.all() or not right.any():
        return np.full(len(right), (right.sum() + 1) / (len(right) + 2))
    bounded = np.clip(confidence.astype(np.float64), 1e-4, 1 - 1e-4)
    odds = np.log(bounded / (1 - bounded))[:, None]
    return np.asarray(LogisticRegression(C=_STRENGTH).fit(odds, right).predict_proba(odds)[:, 1])
