"""How the weights are found: kernel ridge regression, which tells what it would have said of reports held back. Pure.

With n reports as rows X of terms, K = X X' and D a diagonal of penalties, the weights are X' (K + D)^-1 Y. The same
inverse gives the scores of any block of reports as if the model had never seen them, without a second training.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.optimize import minimize_scalar

from routing_service.learning import thresholds
from routing_service.learning.classifier import Classifier, probabilities
from routing_service.learning.features import Features, Floats, Reading, learn_view
from routing_service.learning.model import Model

LEAST_REPORTS_OF_A_TERM = 3  #: a term of fewer reports never enters a model
MOST_TERMS = {"words": 60_000, "grams": 60_000, "places": 4_000}
SCALES = {"words": 1.0, "grams": 1.0, "places": 0.3}
MOST_REPORTS = 10_000  #: the newest; beyond that the matrix K no longer fits 2 GiB
BLOCK_DAYS = 15  #: reports of the same days repeat each other: they are held back together
PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """A report whose right class is known."""

    reading: Reading
    label: str
    received_on: date
    weight: float = 1.0


@dataclass(frozen=True)
class HeldBack:
    """What the model says of its own examples as if it had not seen those of the same days."""

    probabilities: Floats
    right: npt.NDArray[np.bool_]


def train(examples: Sequence[Example], *, wanted: float) -> tuple[Model, HeldBack]:
    """The model whose reports assigned alone would have been right as often as `wanted`."""
    examples = sorted(examples, key=lambda one: one.received_on)[-MOST_REPORTS:]
    features = _features([example.reading for example in examples])
    rows = features.matrix([example.reading for example in examples])
    classes = tuple(sorted({example.label for example in examples}))
    truth = np.array([classes.index(example.label) for example in examples])
    dual, held_back = _solve(rows, truth, len(classes), _penalties(examples), _blocks(examples))
    sharpness = _sharpness(held_back, truth)
    found = probabilities(held_back, sharpness)
    right = found.argmax(axis=1) == truth
    threshold = thresholds.choose(found.max(axis=1), right, wanted=wanted)
    weights = (rows.T @ dual).astype(np.float16)
    return Model(Classifier(classes, features, weights, sharpness), threshold), HeldBack(found, right)


def _features(readings: Sequence[Reading]) -> Features:
    return Features(
        tuple(
            learn_view(name, readings, least=LEAST_REPORTS_OF_A_TERM, most=MOST_TERMS[name], scale=SCALES[name])
            for name in MOST_TERMS
        )
    )


def _penalties(examples: Sequence[Example]) -> Floats:
    """Small for reports that weigh much: those of rare classes, those that an agency took after another refused."""
    counts = Counter(example.label for example in examples)
    weights = np.array([example.weight / counts[example.label] ** 0.5 for example in examples], dtype=np.float32)
    penalties: Floats = PENALTY * weights.mean() / weights
    return penalties


def _blocks(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    days = np.array([example.received_on.toordinal() for example in examples])
    blocks: npt.NDArray[np.int64] = (days - days.min()) // BLOCK_DAYS
    return blocks


def _solve(
    rows: sparse.csr_matrix,
    truth: npt.NDArray[np.int64],
    classes: int,
    penalties: Floats,
    blocks: npt.NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """The dual weights, and the scores of each block as if it had been held back."""
    targets = np.full((len(truth), classes), -1, dtype=np.float32)
    targets[np.arange(len(truth)), truth] = 1
    kernel = (rows @ rows.T).toarray()
    kernel[np.diag_indices_from(kernel)] += penalties
    inverse = linalg.inv(kernel, overwrite_a=True, check_finite=False)
    dual: Floats = inverse @ targets
    held_back = np.empty_like(targets)
    for block in np.unique(blocks):
        members = np.flatnonzero(blocks == block)
        held_back[members] = targets[members] - linalg.solve(inverse[np.ix_(members, members)], dual[members])
    return dual, held_back


def _sharpness(scores: Floats, truth: npt.NDArray[np.int64]) -> float:
    """The one that makes the held-back probabilities the truest: the least logarithmic loss."""

    def loss(exponent: float) -> float:
        found = probabilities(scores, float(np.exp(exponent)))
        return -float(np.log(found[np.arange(len(truth)), truth] + 1e-9).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 5), method="bounded").x))
