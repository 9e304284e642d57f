"""How a model is learned from reports whose right agency is known. Pure.

Kernel ridge regression: with the reports as rows X, K = X X' and a diagonal D of penalties, the weights of all targets
at once are X' (K + D)^-1 Y. Reports of rare classes are penalised less. docs/learning.md has the figures.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from routing_service.competence.learning import features, sureness
from routing_service.competence.learning.classifier import Classifier, Ranked
from routing_service.competence.learning.features import Floats, Reading, Row
from routing_service.competence.learning.sureness import Bools, Sureness

if TYPE_CHECKING:
    from scipy import sparse

LEAST_REPORTS = 3  #: of a class: with fewer it is not learned
LEAST_OF_A_PAIR = 8  #: reports of a class and a category that make a target of their own
MOST_REPORTS = 10_000  #: the newest: the kernel of more would take more than half a GiB
HELD_BACK = 0.3  #: the latest reports, on which sureness and threshold are found: agencies change within months
PENALTY = 1.0
MARGIN = 0.01  #: asked for above the precision that is wanted: what was learned ages until it is learned anew
LOOKING_BACK = timedelta(days=122)  #: what was said for so long tells how sure to be
LEAST_SAID = 200  #: reports that were told something when they were new: with fewer it is calibrated on itself
_ROWS_AT_ONCE = 1_000  #: of the kernel: the sparse product as a whole would take three times the memory


class TooFew(ValueError):
    """There is too little to learn from; the message says how much there is."""


@dataclass(frozen=True, slots=True)
class Example:
    """A report whose right class is known."""

    reading: Reading
    label: str
    received_on: date
    weight: float = 1.0
    category: str = ""  #: a label for learning alone: nobody needs it to ask
    certain: bool = True  #: the place tells the agency that the class means here


@dataclass(frozen=True)
class Trial:
    """What the latest reports would have been told by a model that had not seen them."""

    examples: Sequence[Example]
    leads: Floats  #: of the first class, in both blocks
    right: Bools  #: the first class is the right one, and the place tells its agency


@dataclass(frozen=True)
class Trained:
    classifier: Classifier
    trial: Trial
    later: Trial  #: of those that came after a day, by a model that had seen all before it
    threshold: float = sureness.NEVER


@dataclass(frozen=True, slots=True)
class Saying:
    """What the model in force said of a report when it was new, and whether an agency has borne it out."""

    probability: float
    leads: tuple[float, float]
    right: bool


def asked(wanted: float) -> float:
    return min(wanted + MARGIN, 0.999)


def train(
    examples: Sequence[Example], *, wanted: float, since: date = date.max, said: Sequence[Saying] = ()
) -> Trained:
    """Learn from all. Raises TooFew."""
    trained = fit(examples, since=since)
    if not trained.trial.examples:
        raise TooFew("The latest reports repeat the earlier ones word for word: there is nothing to measure on.")
    return calibrated(trained, said, wanted=wanted)


def calibrated(trained: Trained, said: Sequence[Saying], *, wanted: float) -> Trained:
    """By what the models in force said of reports when these were new; where that is too little, by the trial."""
    leads, right = trained.trial.leads, trained.trial.right
    if len(said) >= LEAST_SAID:
        leads = np.array([one.leads for one in said], dtype=np.float32)
        right = np.array([one.right for one in said], dtype=np.bool_)
    sure = Sureness.fit(leads, right)
    threshold = sureness.threshold(sure.probabilities(leads), right, wanted=wanted)
    return replace(trained, classifier=replace(trained.classifier, sureness=sure), threshold=threshold)


def trial(examples: Sequence[Example], classifier: Classifier, ranked: Ranked) -> Trial:
    first = [classifier.classes[best] for best in ranked.classes[:, 0]]
    right = [one.certain and said == one.label for one, said in zip(examples, first, strict=True)]
    return Trial(examples, ranked.leads, np.array(right, dtype=np.bool_))


def fit(examples: Sequence[Example], *, since: date = date.max) -> Trained:
    """With trials on the latest share of the reports, and on those that came after a day. Raises TooFew.

    Classes of fewer than three reports are not learned; their reports say what the others are not.
    """
    ordered = sorted(examples, key=lambda one: one.received_on)[-MOST_REPORTS:]
    counts = Counter(one.label for one in ordered)
    classes = sorted(label for label, count in counts.items() if count >= LEAST_REPORTS)
    if len(classes) < 2:
        raise TooFew("There must be at least two agencies with three reports each to learn from.")
    try:
        learned = features.learn([one.reading for one in ordered])
    except ValueError as error:
        message = f"No word stands in {features.LEAST_TEXTS} different texts: there is nothing to learn from."
        raise TooFew(message) from error
    in_pairs = Counter((one.label, one.category) for one in ordered if one.label in classes)
    pairs = sorted(pair for pair, count in in_pairs.items() if count >= LEAST_OF_A_PAIR)
    weights = np.array([one.weight / counts[one.label] ** 0.5 for one in ordered], dtype=np.float32)
    cuts = round(len(ordered) * (1 - HELD_BACK)), sum(one.received_on <= since for one in ordered)
    rows = _matrix([learned.row(one.reading) for one in ordered], learned.width)
    targets = _targets(ordered, [*classes, *pairs])
    slopes, held_back = ridge(rows, targets, PENALTY * weights.mean() / weights, cuts)
    owners = np.array([classes.index(label) for label, _ in pairs], dtype=np.int64)
    categories = [category for _, category in pairs]
    made = Classifier(classes, owners, categories, learned, slopes.astype(np.float16))
    latest, later = (_latest(made, ordered, cut, scores) for cut, scores in zip(cuts, held_back, strict=True))
    return Trained(made, latest, later)


def _latest(classifier: Classifier, ordered: Sequence[Example], cut: int, scores: Floats) -> Trial:
    """Of the latest reports those whose text has not stood among the earlier ones."""
    seen = {one.reading.text for one in ordered[:cut]}
    new = [position for position, one in enumerate(ordered[cut:]) if one.reading.text not in seen]
    return trial([ordered[cut + position] for position in new], classifier, classifier.ranked(scores[new]))


def _matrix(rows: Sequence[Row], width: int) -> "sparse.csr_matrix":
    from scipy import sparse

    starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns, values = (np.concatenate(part) for part in zip(*rows, strict=True))
    return sparse.csr_matrix((values, columns, starts), shape=(len(rows), width))


def _targets(examples: Sequence[Example], targets: Sequence[object]) -> Floats:
    """1 or -1 for each report and each class or pair."""
    columns = {target: column for column, target in enumerate(targets)}
    found = np.full((len(examples), len(targets)), -1, dtype=np.float32)
    for row, one in zip(found, examples, strict=True):
        row[[columns[key] for key in (one.label, (one.label, one.category)) if key in columns]] = 1
    return found


def ridge(
    rows: "sparse.csr_matrix", targets: Floats, penalties: Floats, cuts: Sequence[int]
) -> tuple[Floats, list[Floats]]:
    """The weights, terms x targets; and for each cut the scores of the reports from there on, as if none had been seen.

    Without a second fit: with K + D = L L', and the reports in the order of time, what those before a cut say of the
    others is Y - T T' A, where T is the last corner of L and A what (K + D)^-1 Y has of them.

    On one processor: several threads of linear algebra wait for each other where other processes run.
    """
    from scipy import linalg
    from threadpoolctl import threadpool_limits

    kernel = np.empty((rows.shape[0], rows.shape[0]), dtype=np.float32)
    other = rows.T.tocsr()
    for start in range(0, len(kernel), _ROWS_AT_ONCE):
        kernel[start : start + _ROWS_AT_ONCE] = (rows[start : start + _ROWS_AT_ONCE] @ other).toarray()
    kernel[np.diag_indices_from(kernel)] += penalties
    with threadpool_limits(limits=1, user_api="blas"):
        lower = linalg.cholesky(kernel.T, lower=True, overwrite_a=True)  # in place: LAPACK wants columns first
        dual = linalg.cho_solve((lower, True), targets)
        held_back = [targets[cut:] - lower[cut:, cut:] @ (lower[cut:, cut:].T @ dual[cut:]) for cut in cuts]
    return np.asarray(other @ dual, dtype=np.float32), held_back
