"""From which probability on a report may be assigned without a person. Pure."""

import numpy as np
import numpy.typing as npt

NEVER = 2.0  #: no probability reaches it: the model decides nothing alone


def choose(confidence: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], *, wanted: float) -> float:
    """The lowest probability from which on as many were right as wanted; NEVER where that is nowhere so.

    Counted on held-back reports with one wrong report more than there was, so that a handful of lucky ones is not
    enough: at 0.95 at least 20 right ones in a row.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    cases = np.arange(1, len(ranked) + 1)
    precision = (np.cumsum(right[order])) / (cases + 1)
    last_of_its_value = np.append(ranked[1:] != ranked[:-1], True)  # equal ones are assigned together
    good = np.flatnonzero((precision >= wanted) & last_of_its_value)
    return float(ranked[good[-1]]) if len(good) else NEVER
