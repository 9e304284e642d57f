"""From which probability on a report may be assigned without a person. Pure."""

import numpy as np
import numpy.typing as npt

NEVER = 2.0  #: no probability reaches it: the model decides nothing alone
LEAST = 20  #: held-back reports above a threshold: fewer prove nothing
CAUTION = 0.67  #: deviations below the measured precision; three times of four the true one is higher


def choose(confidence: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], *, wanted: float) -> float:
    """The lowest probability from which on as many were right as wanted; NEVER where that is nowhere so.

    Not the share that was right counts but a bound below it (Wilson's): of all thresholds the one that had good luck
    on the held-back reports would be chosen else, and the reports to come would have less of it.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    cases = np.arange(1, len(ranked) + 1)
    proven = _at_least(np.cumsum(right[order]) / cases, cases)
    last_of_its_value = np.append(ranked[1:] != ranked[:-1], True)  # equal ones are assigned together
    good = np.flatnonzero((proven >= wanted) & (cases >= LEAST) & last_of_its_value)
    return float(ranked[good[-1]]) if len(good) else NEVER


def _at_least(share: npt.NDArray[np.floating], cases: npt.NDArray[np.integer]) -> npt.NDArray[np.floating]:
    squared = CAUTION**2
    middle = share + squared / (2 * cases)
    deviation = CAUTION * np.sqrt(share * (1 - share) / cases + squared / (4 * cases * cases))
    return np.asarray((middle - deviation) / (1 + squared / cases))
