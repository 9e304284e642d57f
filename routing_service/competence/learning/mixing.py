"""What the members say together: one weight for each member, one lift for each class, found by the likelihood. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax, softmax

from routing_service.competence.learning.features import Floats

Ints = npt.NDArray[np.int64]

PENALTY = 1.0  #: of the lifts of the classes: those of rare ones stay small
STEPS = 80


@dataclass(frozen=True)
class Mix:
    """A conditional logit: the probability of each class from the weighted sum of its scores."""

    weights: Floats  #: of the scores, in their order
    lifts: Floats  #: of the classes

    def probabilities(self, scores: Mapping[str, Floats]) -> Floats:
        found: Floats = softmax(stacked(scores) @ self.weights + self.lifts, axis=1)
        return found


def stacked(scores: Mapping[str, Floats]) -> Floats:
    """Reports x classes x scores."""
    found: Floats = np.stack(list(scores.values()), axis=2)
    return found


def fit(scores: Mapping[str, Floats], truth: Ints, weights: Floats) -> Mix:
    """From what the members said of reports that they had not seen."""
    from scipy.optimize import minimize  # only who trains waits for the import

    numbers = stacked(scores)
    deviations = numbers.reshape(-1, numbers.shape[2]).std(axis=0) + 1e-6
    numbers = numbers / deviations
    reports, classes, count = numbers.shape
    own = np.arange(reports)

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        shared, lifts = parameters[:count], parameters[count:]
        logs = log_softmax(numbers @ shared.astype(np.float32) + lifts.astype(np.float32), axis=1)
        slopes = np.exp(logs) * weights[:, None]
        slopes[own, truth] -= weights
        value = -float(weights @ logs[own, truth]) + PENALTY * float(lifts @ lifts)
        toward = np.tensordot(slopes, numbers, axes=([0, 1], [0, 1]))
        return value, np.concatenate([toward, slopes.sum(axis=0) + 2 * PENALTY * lifts]).astype(np.float64)

    start = np.concatenate([np.ones(count), np.zeros(classes)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return Mix((found[:count] / deviations).astype(np.float32), found[count:].astype(np.float32))
