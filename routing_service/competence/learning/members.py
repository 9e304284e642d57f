"""Five ways to score the classes of a report, each a table of weights, and what most say of reports held back. Pure.

Reports of the same days repeat each other, so they are held back together, block by block. Sums over reports make it
cheap: the sums without a block are the sums less the block's, and the ridge has it in its inverse. The logistic
regression has no such short way; it is asked only for reports that come after all that it has seen.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.linalg import lapack

from routing_service.competence.learning.features import Floats

Ints = npt.NDArray[np.int64]

PENALTY = 1.0
SMOOTHING = 0.3  #: of the counts of words
PLACE_SMOOTHING = {"district": 20.0, "village": 8.0}  #: reports of the whole that a place's own are mixed with
LOGIT_STRENGTH = 20.0  #: of the logistic regression; the less, the more it is held back
_LOGIT_STEPS = 60
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Sample:
    """The reports that are learned from: their terms, the positions of their classes, blocks of days, weights."""

    rows: sparse.csr_matrix
    truth: Ints
    classes: int
    blocks: Ints
    weights: Floats  #: how much each report counts

    def targets(self) -> Floats:
        found = np.zeros((len(self.truth), self.classes), dtype=np.float32)
        found[np.arange(len(self.truth)), self.truth] = 1
        return found

    def held_back(self) -> Iterator[Ints]:
        """The members of each block."""
        for block in np.unique(self.blocks):
            yield np.flatnonzero(self.blocks == block)


def ridge(sample: Sample) -> tuple[Floats, Floats]:
    """Weights of kernel ridge regression, and its scores of each block as if that had not been seen.

    With reports as rows X, K = X X' and D a diagonal of penalties, the weights are X' (K + D)^-1 Y. Reports of rare
    classes are penalised less.
    """
    counts = np.bincount(sample.truth, minlength=sample.classes)
    weights = sample.weights / np.sqrt(counts[sample.truth])
    targets = 2 * sample.targets() - 1
    inverse = _kernel(sample.rows)
    inverse[np.diag_indices_from(inverse)] += PENALTY * weights.mean() / weights
    inverse = _inverted(inverse)
    dual = inverse @ targets
    scores = np.empty_like(targets)
    for members in sample.held_back():
        scores[members] = targets[members] - linalg.solve(inverse[np.ix_(members, members)], dual[members])
    return np.asarray(sample.rows.T @ dual, dtype=np.float32), scores


def logit(sample: Sample) -> tuple[Floats, Floats]:
    """Weights and shifts of a logistic regression over all classes at once. Reports of rare classes count more.

    It names fewer reports rightly than the ridge, but knows better which of them: its margin tells how sure to be.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression  # only who trains waits for the import

    counts = np.bincount(sample.truth, minlength=sample.classes)
    weights = sample.weights / np.sqrt(counts[sample.truth])
    learned = LogisticRegression(C=LOGIT_STRENGTH, max_iter=_LOGIT_STEPS, tol=1e-3)
    with warnings.catch_warnings():  # to stop before the last digit is wanted
        warnings.simplefilter("ignore", ConvergenceWarning)
        learned.fit(sample.rows, sample.truth, weights / weights.mean())
    slopes, shifts = learned.coef_.T, learned.intercept_
    if sample.classes == 2:  # one score: of the second class against the first
        slopes, shifts = np.hstack([-slopes, slopes]) / 2, np.concatenate([-shifts, shifts]) / 2
    return slopes.astype(np.float32), shifts.astype(np.float32)


def _kernel(rows: sparse.csr_matrix) -> Floats:
    """Row by row into a dense matrix: the sparse product alone would take three times the memory."""
    kernel = np.empty((rows.shape[0], rows.shape[0]), dtype=np.float32)
    other = rows.T.tocsr()
    for start in range(0, rows.shape[0], _ROWS_AT_ONCE):
        kernel[start : start + _ROWS_AT_ONCE] = (rows[start : start + _ROWS_AT_ONCE] @ other).toarray()
    return kernel


def _inverted(kernel: Floats) -> Floats:
    """The inverse of a symmetric positive definite matrix, in its own memory and with half the work of any matrix."""
    triangle, failed = lapack.spotrf(kernel.T, overwrite_a=True)
    inverse, failed = lapack.spotri(triangle, overwrite_c=True) if not failed else (triangle, failed)
    if failed:
        raise linalg.LinAlgError("The kernel is not positive definite.")
    for start in range(0, len(inverse), _ROWS_AT_ONCE):  # only the upper triangle was computed
        end = start + _ROWS_AT_ONCE
        inverse[start:end, :start] = inverse[:start, start:end].T
        square = np.triu(inverse[start:end, start:end])
        inverse[start:end, start:end] = square + np.triu(square, 1).T
    found: Floats = inverse
    return found


def bayes(sample: Sample) -> tuple[Floats, Floats]:
    """Complement naive Bayes: how little a word is used in the reports of all other classes."""
    return _by_sums(sample, _complement)


def centroids(sample: Sample) -> tuple[Floats, Floats]:
    """The middle of the reports of each group: how near is a report to it?"""
    return _by_sums(sample, _middle)


def _complement(sums: Floats) -> Floats:
    others = sums.sum(axis=1, keepdims=True) - sums + SMOOTHING
    weights = -np.log(others / others.sum(axis=0))
    found: Floats = weights - weights.mean(axis=1, keepdims=True)  # of a word: more than in the other classes
    return found


def _middle(sums: Floats) -> Floats:
    found: Floats = sums / (np.linalg.norm(sums, axis=0) + 1e-6)
    return found


def _by_sums(sample: Sample, weigh: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    targets = sparse.csr_matrix(sample.targets() * sample.weights[:, None])
    sums = (sample.rows.T @ targets).toarray()
    scores = np.empty((len(sample.truth), sample.classes), dtype=np.float32)
    for members in sample.held_back():
        rest = sums - (sample.rows[members].T @ targets[members]).toarray()
        scores[members] = sample.rows[members] @ weigh(np.maximum(rest, 0)).astype(np.float32)
    return weigh(sums).astype(np.float32), scores


@dataclass(frozen=True)
class Places:
    """How often each class was right for the reports of a place. Places with few reports are left out."""

    level: str
    names: tuple[str, ...]
    shares: Floats  #: places x classes, logarithms
    everywhere: Floats

    def scores(self, names: Sequence[str]) -> Floats:
        index = {name: position for position, name in enumerate(self.names)}
        found: Floats = np.stack([self.shares[index[name]] if name in index else self.everywhere for name in names])
        return found


def places(sample: Sample, names: Sequence[str], level: str, *, least: int) -> tuple[Places, Floats]:
    """The shares of each place, and those of each report without its block."""
    targets = sample.targets() * sample.weights[:, None]
    everywhere = (targets.sum(axis=0) + 0.5) / (targets.sum() + 0.5 * sample.classes)
    known = sorted({name for name in names if name})
    index = {name: position for position, name in enumerate(known)}
    sums = np.zeros((len(known) + 1, sample.classes), dtype=np.float32)  # the last: no place
    positions = np.array([index.get(name, len(known)) for name in names])
    np.add.at(sums, positions, targets)
    scores = np.empty_like(targets)
    for members in sample.held_back():
        rest = sums.copy()
        np.subtract.at(rest, positions[members], targets[members])
        scores[members] = _mixed(rest, everywhere, level)[positions[members]]
    frequent = np.flatnonzero(np.bincount(positions, minlength=len(known) + 1)[:-1] >= least)
    shares = _mixed(sums, everywhere, level)[frequent]
    whole = np.log(everywhere).astype(np.float32)
    scores[positions == len(known)] = whole
    return Places(level, tuple(known[one] for one in frequent), shares, whole), scores


def _mixed(sums: Floats, everywhere: Floats, level: str) -> Floats:
    weight = PLACE_SMOOTHING[level]
    found: Floats = np.log((sums + weight * everywhere) / (sums.sum(axis=1, keepdims=True) + weight))
    return found.astype(np.float32)
