"""How well reports of a file find their agency after learning from another file: the figures of docs/learning.md.

The baseline is what any routing should beat: a linear SVM over TF-IDF of words 1-2 and characters 3-5, and the same
rules for places and for the threshold.
"""

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from statistics import fmean, median
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from routing_service.competence.learning import corpus, offices, sureness, texts, training
from routing_service.competence.learning.corpus import BadCorpus, Row
from routing_service.competence.learning.features import Reading
from routing_service.competence.learning.offices import Offices
from routing_service.competence.learning.training import Saying, Trained

LARGEST = 10  #: agencies whose confusions are told
_FIRST_DAY = date(2000, 1, 1)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What was said of one report: the likeliest agencies, and whether it would have been assigned alone."""

    agencies: Sequence[str]
    alone: bool


@dataclass
class Asked:
    """Reports that models were asked about, and what they said; adds up over folds and months."""

    rows: list[Row] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    baseline: list[Answer] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  #: of each training
    decide_ms: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        truth = [row.agency for row in self.rows]
        return {
            **scores(truth, self.answers),
            "baseline": scores(truth, self.baseline),
            "confusion": confusion(truth, self.answers),
            "train_seconds": round(fmean(self.seconds), 2),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "decide_p50_ms": round(median(self.decide_ms), 3),
        }

    def learn(self, rows: Sequence[Row], *, wanted: float, said: Sequence[Saying] = ()) -> Trained:
        begun = time.perf_counter()
        trained = training.train(examples(rows), wanted=wanted, said=said)
        self.seconds.append(time.perf_counter() - begun)
        return trained

    def ask(self, trained: Trained, known: Offices, rows: Sequence[Row]) -> list[Saying]:
        said = []
        for row in rows:
            begun = time.perf_counter()
            ranked = trained.classifier.rank([reading(row)])
            classes = [trained.classifier.classes[one] for one in ranked.classes[0]]
            answer = _answer(classes, known, row, ranked.probabilities[0, 0] >= trained.threshold)
            self.decide_ms.append(1_000 * (time.perf_counter() - begun))
            self.answers.append(answer)
            leads = float(ranked.leads[0, 0]), float(ranked.leads[0, 1])
            said.append(Saying(float(ranked.probabilities[0, 0]), leads, answer.agencies[:1] == [row.agency]))
        self.rows += rows
        return said


def evaluate(train: Sequence[Row], test: Sequence[Row], *, wanted: float, say: Say) -> dict[str, Any]:
    """Raises BadCorpus, TooFew."""
    fresh = corpus.without(test, train)
    if not fresh:
        raise BadCorpus("Every text of the test file stands in the training file as well: nothing is left to test.")
    return _measured([(train, fresh)], wanted, say)


def cross_validate(rows: Sequence[Row], folds: int, *, wanted: float, say: Say) -> dict[str, Any]:
    """Each fold is tested by what is learned from the others. Raises BadCorpus, TooFew."""
    if not 2 <= folds <= len(rows):
        raise BadCorpus(f"{len(rows)} reports cannot be parted into {folds} folds.")

    def parts() -> Iterable[tuple[list[Row], list[Row]]]:
        for number, split in enumerate(KFold(folds, shuffle=True, random_state=corpus.SEED).split(rows), 1):
            say(f"Fold {number} of {folds}")
            rest, tested = ([rows[position] for position in part] for part in split)
            yield rest, corpus.without(tested, rest)

    return _measured(parts(), wanted, say)


def _measured(parts: Iterable[tuple[Sequence[Row], Sequence[Row]]], wanted: float, say: Say) -> dict[str, Any]:
    asked = Asked()
    for train, test in parts:
        say(f"Learning from {len(train):,} reports")
        trained = asked.learn(train, wanted=wanted)
        say(f"Asking for {len(test):,} reports")
        asked.ask(trained, Offices.of(train), test)
        say("Learning the baseline")
        asked.baseline += _of_baseline(train, test, wanted)
    return asked.figures()


def rolling(train: Sequence[Row], test: Sequence[Row], *, wanted: float, say: Say) -> dict[str, Any]:
    """As a service does it: learned anew before each month of the test, from all that came before.

    Calibrated on what the former models said, and asked for a little more than is wanted. The baseline learns once.
    Raises BadCorpus, TooFew.
    """
    fresh = corpus.in_order(corpus.without(test, train))
    if not fresh or any(row.received_at is None for row in (*train, *fresh)):
        raise BadCorpus("To learn anew each month (--rolling) there must be later reports, each with its received_at.")
    asked = Asked()
    said: list[tuple[date, Saying]] = []
    for month, rows in groupby(fresh, key=lambda row: _day(row).replace(day=1)):
        earlier = [*train, *(row for row in fresh if _day(row) < month)]
        say(f"Learning for {month:%B %Y} from {len(earlier):,} reports")
        recent = [one for day, one in said if day >= month - training.LOOKING_BACK]
        trained = asked.learn(earlier, wanted=training.asked(wanted), said=recent)
        new = corpus.without(list(rows), earlier)
        said += zip(map(_day, new), asked.ask(trained, Offices.of(earlier), new), strict=True)
    say("Learning the baseline")
    asked.baseline += _of_baseline(train, asked.rows, wanted)
    return asked.figures()


def latest_part(rows: Sequence[Row], share: float = 0.25) -> tuple[list[Row], list[Row]]:
    """Of one file: the earlier reports to learn from, the latest to test."""
    cut = round(len(rows) * (1 - share))
    return list(rows[:cut]), list(rows[cut:])


def _day(row: Row) -> date:
    assert row.received_at is not None
    return row.received_at.date()


def examples(rows: Sequence[Row]) -> list[training.Example]:
    """As the trainer wants them: reports without dates on days of their own, in the order of the file."""
    known = Offices.of(rows)
    dated = all(row.received_at is not None for row in rows)
    found = []
    for position, row in enumerate(rows):
        label = offices.class_of(row.agency)
        day = _day(row) if dated else _FIRST_DAY + timedelta(days=position)
        certain = known.resolve(label, row) == row.agency
        found.append(training.Example(reading(row), label, day, category=row.category, certain=certain))
    return found


def reading(row: Row) -> Reading:
    return Reading(texts.normal(row.text), row.subject)


def _answer(classes: Sequence[str], known: Offices, row: Row, sure: bool) -> Answer:
    """The first three agencies that the place lets be told; alone where it tells the first."""
    agencies = [known.resolve(one, row) for one in classes]
    named = list(dict.fromkeys(one for one in agencies if one is not None))
    return Answer(named[:3], bool(sure) and agencies[0] is not None)


def _of_baseline(train: Sequence[Row], test: Sequence[Row], wanted: float) -> list[Answer]:
    """With a threshold found as ours is: on the latest reports, after learning from the others."""
    known = Offices.of(train)
    cut = round(len(train) * (1 - training.HELD_BACK))
    latest = corpus.without(train[cut:], train[:cut])
    trials = list(zip(latest, _baseline(train[:cut], latest), strict=True))
    right = [_answer(classes, known, row, True).agencies[:1] == [row.agency] for row, (classes, _) in trials]
    margins = np.array([margin for _, (_, margin) in trials])
    threshold = sureness.threshold(margins, np.array(right, dtype=np.bool_), wanted=wanted)
    said = zip(test, _baseline(train, test), strict=True)
    return [_answer(classes, known, row, margin >= threshold) for row, (classes, margin) in said]


def _baseline(train: Sequence[Row], test: Sequence[Row]) -> list[tuple[Sequence[str], float]]:
    """The classes of each report, the best first, and how far the best is from the second, between 0 and 1."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True, dtype=np.float32)
    learned = make_pipeline(make_union(words, characters), LinearSVC(random_state=corpus.SEED))
    learned.fit([row.text for row in train], [offices.class_of(row.agency) for row in train])
    scores = learned.decision_function([row.text for row in test])
    if scores.ndim == 1:  # two classes have one score
        scores = np.stack([-scores, scores], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")
    best = np.take_along_axis(scores, order[:, :2], axis=1)
    margins = expit(best[:, 0] - best[:, 1])
    return [(learned.classes_[ranked].tolist(), float(margin)) for ranked, margin in zip(order, margins, strict=True)]


def _first(answers: Sequence[Answer]) -> list[str]:
    return [answer.agencies[0] if answer.agencies else "" for answer in answers]


def scores(truth: Sequence[str], answers: Sequence[Answer]) -> dict[str, float | None]:
    """`precision` is of the reports assigned alone; None where none was."""
    first = _first(answers)
    right = [one == said for one, said in zip(truth, first, strict=True)]
    alone = [one for one, answer in zip(right, answers, strict=True) if answer.alone]
    return {
        "top1": round(fmean(right), 4),
        "top3": round(fmean(one in answer.agencies for one, answer in zip(truth, answers, strict=True)), 4),
        "macro_f1": round(float(f1_score(truth, first, average="macro", zero_division=0)), 4),
        "coverage": round(len(alone) / len(truth), 4),
        "precision": round(fmean(alone), 4) if alone else None,
    }


def confusion(truth: Sequence[str], answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Of the ten largest agencies: which agency was said for their reports, how often, the most frequent first."""
    said = Counter(zip(truth, _first(answers), strict=True)).most_common()
    largest = [agency for agency, _ in Counter(truth).most_common(LARGEST)]
    return {agency: {other: count for (one, other), count in said if one == agency} for agency in largest}
