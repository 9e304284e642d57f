"""How a model is learned from reports whose right agency is known. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy import sparse
from threadpoolctl import threadpool_limits

from routing_service.competence.learning import members, mixing, ranker, sureness, thresholds
from routing_service.competence.learning.classifier import (
    Classifier,
    Ranked,
    Tables,
    best_of_group,
    gathered,
    lengths,
)
from routing_service.competence.learning.features import Counted, Features, Floats, Reading, count, learn_view
from routing_service.competence.learning.members import Sample
from routing_service.competence.learning.sureness import Sureness

LEAST_REPORTS = 3  #: of a term, of a class, of a group, of a place: with fewer it never enters a model
MOST_TERMS = {"words": 60_000, "grams": 60_000}
MOST_REPORTS = 10_000  #: the newest; with more the ridge would need more than 2 GiB
BLOCK_DAYS = 15
HELD_BACK = 0.3  #: the latest reports, on which probabilities and threshold are found: agencies change within months
LEVELS = ("district", "village")

Ints = npt.NDArray[np.int64]


class TooFew(ValueError):
    """There is too little to learn from; the message says how much there is."""


@dataclass(frozen=True, slots=True)
class Example:
    """A report whose right class is known."""

    reading: Reading
    label: str
    received_on: date
    weight: float = 1.0
    category: str = ""
    certain: bool = True  #: the place tells the agency that the class means here


@dataclass(frozen=True)
class Lesson:
    """Examples, and how often each term stands in them: counted once, though a model is learned twice."""

    examples: Sequence[Example]
    counted: Sequence[Counted]  #: in the order of the views

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "Lesson":
        return cls(examples, [count(name, [example.reading for example in examples]) for name in MOST_TERMS])

    def part(self, positions: Sequence[int]) -> "Lesson":
        return Lesson([self.examples[one] for one in positions], [counted.of(positions) for counted in self.counted])


@dataclass(frozen=True)
class Trial:
    """What a model that saw only earlier reports made of the latest ones."""

    confidence: Floats  #: calibrated, of the best class
    right: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    classifier: Classifier
    threshold: float
    trial: Trial
    rehearsed: Classifier  #: the model that saw only earlier reports, for comparing with another


def train(examples: Sequence[Example], *, wanted: float) -> Trained:
    """Learn twice: from all but the latest reports to see how sure to be, then from all. Raises TooFew.

    On one processor: several threads of linear algebra wait for each other where other processes run.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return _train(examples, wanted=wanted)


def _train(examples: Sequence[Example], *, wanted: float) -> Trained:
    lesson = Lesson.of(sorted(examples, key=lambda one: one.received_on)[-MOST_REPORTS:])
    earlier, held_back = (lesson.part(positions) for positions in _split(lesson.examples))
    rehearsed = fit(earlier)
    if not held_back.examples:
        raise TooFew("The latest reports repeat the earlier ones word for word: there is nothing to measure on.")
    sure, trial = _measure(rehearsed, held_back)
    threshold = thresholds.choose(trial.confidence, trial.right, wanted=wanted)
    final = replace(fit(lesson), sureness=sure)
    return Trained(final, threshold, trial, replace(rehearsed, sureness=sure))


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """All but the latest, and the latest whose text has not stood among them."""
    earlier, held_back = _split(examples)
    return [examples[position] for position in earlier], [examples[position] for position in held_back]


def _split(examples: Sequence[Example]) -> tuple[list[int], list[int]]:
    cut = round(len(examples) * (1 - HELD_BACK))
    seen = {example.reading.text for example in examples[:cut]}
    latest = [position for position in range(cut, len(examples)) if examples[position].reading.text not in seen]
    return list(range(cut)), latest


def latest(examples: Sequence[Example]) -> list[Example]:
    """Those that are held back from the rehearsal."""
    return split(sorted(examples, key=lambda one: one.received_on)[-MOST_REPORTS:])[1]


def right(classifier: Classifier, examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    """For which reports the first class is the right one, and the place tells its agency."""
    return _right(classifier, examples, classifier.rank([example.reading for example in examples]))


def _right(classifier: Classifier, examples: Sequence[Example], ranked: Ranked) -> npt.NDArray[np.bool_]:
    return np.array(
        [
            example.certain and classifier.classes[best] == example.label
            for example, best in zip(examples, ranked.classes[:, 0], strict=True)
        ]
    )


def _measure(classifier: Classifier, held_back: Lesson) -> tuple[Sureness, Trial]:
    """How sure to be of what it says, from reports that it has not seen."""
    readings = [example.reading for example in held_back.examples]
    judged = classifier.judge(readings, classifier.features.rows(held_back.counted))
    was_right = _right(classifier, held_back.examples, classifier.ranked(judged))
    found, told = sureness.fit(judged.signs, was_right)
    return found, Trial(told, was_right)


def fit(lesson: Lesson) -> Classifier:
    """Classes of fewer than three reports are not learned. Raises TooFew."""
    counts = Counter(example.label for example in lesson.examples)
    kept = [position for position, one in enumerate(lesson.examples) if counts[one.label] >= LEAST_REPORTS]
    classes = tuple(sorted({lesson.examples[position].label for position in kept}))
    if len(classes) < 2:
        raise TooFew("There must be at least two agencies with three reports each to learn from.")
    return _fit(lesson.part(kept), classes)


def _fit(lesson: Lesson, classes: tuple[str, ...]) -> Classifier:
    examples = lesson.examples
    most = MOST_TERMS.values()
    features = Features(
        tuple(learn_view(one, least=LEAST_REPORTS, most=limit) for one, limit in zip(lesson.counted, most, strict=True))
    )
    if not all(view.terms for view in features.views):
        raise TooFew(f"No word stands in {LEAST_REPORTS} different texts: there is nothing to learn from.")
    rows = features.rows(lesson.counted)
    sample = Sample(
        rows,
        np.array([classes.index(example.label) for example in examples]),
        len(classes),
        _blocks(examples),
        np.array([example.weight for example in examples], dtype=np.float32),
    )
    tables, scores = _members(sample, features.width_of("words"), examples, classes)
    mix = mixing.fit(scores, sample.truth, sample.weights)
    chosen = ranker.candidates(mix.probabilities(scores), scores, tables.priors, lengths(rows))
    return Classifier(classes, features, tables, mix, ranker.fit(chosen, sample.truth, sample.weights))


def _members(
    sample: Sample, width: int, examples: Sequence[Example], classes: tuple[str, ...]
) -> tuple[Tables, dict[str, Floats]]:
    """Their weights, and what each says of reports of blocks of days that it had not seen."""
    groups, owners = _groups(examples, classes)
    words, grams = replace(sample, rows=sample.rows[:, :width]), replace(sample, rows=sample.rows[:, width:])
    ridge, of_ridge = members.ridge(sample)
    logit, shifts = members.logit(sample)
    bayes, of_bayes = members.bayes(words)
    middles = [members.centroids(replace(one, truth=groups, classes=len(owners))) for one in (words, grams)]
    places = [
        members.places(sample, [one.reading.place(level) for one in examples], level, least=LEAST_REPORTS)
        for level in LEVELS
    ]
    tables = Tables(
        ridge.astype(np.float16),
        logit.astype(np.float16),
        shifts,
        bayes.astype(np.float16),
        sparse.csr_matrix(middles[0][0]),
        sparse.csr_matrix(middles[1][0]),
        owners,
        tuple(place for place, _ in places),
        places[0][0].everywhere,
    )
    scores = gathered(
        ridge=of_ridge,
        bayes=of_bayes,
        words=best_of_group(middles[0][1], owners),
        grams=best_of_group(middles[1][1], owners),
        places={place.level: shares for place, shares in places},
    )
    return tables, scores


def _blocks(examples: Sequence[Example]) -> Ints:
    days = np.array([example.received_on.toordinal() for example in examples])
    blocks: Ints = (days - days.min()) // BLOCK_DAYS
    return blocks


def _groups(examples: Sequence[Example], classes: tuple[str, ...]) -> tuple[Ints, Ints]:
    """The group of each report, and the class of each group: a class by category, where there are enough of it.

    What is left of a class goes together; if that is too little, to the largest group of the class.
    """
    counts = Counter((example.label, example.category) for example in examples)
    keys = [
        (label, category if counts[label, category] >= LEAST_REPORTS else "")
        for label, category in ((example.label, example.category) for example in examples)
    ]
    sizes = Counter(keys)
    largest = {label: category for (label, category), _ in sorted(sizes.items(), key=lambda one: one[1])}
    keys = [key if sizes[key] >= LEAST_REPORTS else (key[0], largest[key[0]]) for key in keys]
    known = sorted(set(keys))
    index = {key: position for position, key in enumerate(known)}
    return np.array([index[key] for key in keys]), np.array([classes.index(label) for label, _ in known])
