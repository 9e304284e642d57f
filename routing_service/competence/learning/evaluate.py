"""How well reports of a file find their agency after learning from another file: the figures of docs/learning.md."""

import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from statistics import fmean, median
from typing import Any

import numpy as np

from routing_service.competence.learning import corpus, offices, texts, thresholds, training
from routing_service.competence.learning.achieved import LOOKING_BACK, asked
from routing_service.competence.learning.baseline import Baseline
from routing_service.competence.learning.corpus import BadCorpus, Row
from routing_service.competence.learning.features import Reading
from routing_service.competence.learning.offices import Offices
from routing_service.competence.learning.queries import Saying
from routing_service.competence.learning.renewal import calibrated
from routing_service.competence.learning.training import Trained

LARGEST = 10  #: agencies whose confusions are told
TIMED = 300  #: reports whose decisions are timed
SEED = 20261121
_FIRST_DAY = date(2000, 1, 1)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What was said of one report: the likeliest agencies, and whether it would have been assigned alone."""

    agencies: tuple[str, ...]
    alone: bool


@dataclass(frozen=True)
class Run:
    """Of one pair of training and test."""

    truth: tuple[str, ...]
    answers: tuple[Answer, ...]
    baseline: tuple[Answer, ...]
    train_seconds: float
    decide_ms: tuple[float, ...]


def evaluate(train: Sequence[Row], test: Sequence[Row], *, wanted: float, say: Say) -> dict[str, Any]:
    """Raises BadCorpus, TooFew."""
    fresh = corpus.without(test, train)
    if not fresh:
        raise BadCorpus("Every text of the test file stands in the training file as well: nothing is left to test.")
    return _figures([_run(train, fresh, wanted, say)])


def cross_validate(rows: Sequence[Row], folds: int, *, wanted: float, say: Say) -> dict[str, Any]:
    """Each fold is tested by what is learned from the others. Raises BadCorpus, TooFew."""
    if not 2 <= folds <= len(rows):
        raise BadCorpus(f"{len(rows)} reports cannot be parted into {folds} folds.")
    shuffled = list(range(len(rows)))
    random.Random(SEED).shuffle(shuffled)
    runs = []
    for fold in range(folds):
        say(f"Fold {fold + 1} of {folds}")
        tested = set(shuffled[fold::folds])
        rest = [row for position, row in enumerate(rows) if position not in tested]
        runs.append(_run(rest, corpus.without([rows[position] for position in sorted(tested)], rest), wanted, say))
    return _figures(runs)


def latest_part(rows: Sequence[Row], share: float = 0.25) -> tuple[list[Row], list[Row]]:
    """Of one file: the earlier reports to learn from, the latest to test."""
    cut = round(len(rows) * (1 - share))
    return list(rows[:cut]), list(rows[cut:])


def _run(train: Sequence[Row], test: Sequence[Row], wanted: float, say: Say) -> Run:
    say(f"Learning from {len(train):,} reports")
    begun = time.perf_counter()
    trained = training.train(examples(train), wanted=wanted)
    seconds = time.perf_counter() - begun
    known = Offices.of(train)
    say(f"Asking for {len(test):,} reports")
    answers, _, times = _ask(trained, known, test)
    say("Learning the baseline")
    baseline = tuple(_of_baseline(train, test, known, wanted))
    return Run(tuple(row.agency for row in test), tuple(answers), baseline, seconds, tuple(times[:TIMED]))


def rolling(train: Sequence[Row], test: Sequence[Row], *, wanted: float, say: Say) -> dict[str, Any]:
    """As a service does it: learned anew before each month of the test, from all that came before.

    Calibrated on what the former models said, and asked for a little more than is wanted. The baseline learns once.
    Raises BadCorpus, TooFew.
    """
    fresh = corpus.in_order(corpus.without(test, train))
    if not fresh or any(row.received_at is None for row in (*train, *fresh)):
        raise BadCorpus("To learn anew each month (--rolling) there must be later reports, each with its received_at.")
    said: list[tuple[date, Saying]] = []
    told, asked_for, seconds, times = list[Answer](), list[Row](), [], list[float]()
    for month, rows in groupby(fresh, key=lambda row: _day(row).replace(day=1)):
        earlier = [*train, *(row for row in fresh if _day(row) < month)]
        say(f"Learning for {month:%B %Y} from {len(earlier):,} reports")
        recent = [one for day, one in said if day >= month - LOOKING_BACK]
        begun = time.perf_counter()
        trained = calibrated(training.train(examples(earlier), wanted=asked(wanted)), recent, wanted=asked(wanted))
        seconds.append(time.perf_counter() - begun)
        new = corpus.without(list(rows), earlier)
        answers, leads, taken = _ask(trained, Offices.of(earlier), new)
        for row, answer, lead in zip(new, answers, leads, strict=True):
            said.append((_day(row), Saying(0.0, lead, answer.agencies[:1] == (row.agency,))))
        asked_for, told, times = asked_for + new, told + answers, times + taken
    say("Learning the baseline")
    baseline = tuple(_of_baseline(train, asked_for, Offices.of(train), wanted))
    truth = tuple(row.agency for row in asked_for)
    return _figures([Run(truth, tuple(told), baseline, fmean(seconds), tuple(times))])


def _day(row: Row) -> date:
    assert row.received_at is not None
    return row.received_at.date()


def examples(rows: Sequence[Row]) -> list[training.Example]:
    """As the trainer wants them: reports without dates on days of their own, in the order of the file."""
    known = Offices.of(rows)
    dated = all(row.received_at is not None for row in rows)
    found = []
    for position, row in enumerate(in_order(rows)):
        label = offices.class_of(row.agency)
        found.append(
            training.Example(
                reading(row),
                label,
                row.received_at.date() if dated and row.received_at else _FIRST_DAY + timedelta(days=position),
                category=row.category,
                certain=known.resolve(label, row) == row.agency,
            )
        )
    return found


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By time where every row has one, else as they stand, since files grow at their end.

    A file that is sorted by agency is shuffled: its last part would hold nothing of the agencies before.
    """
    if all(row.received_at is not None for row in rows) or not _is_sorted_by_agency(rows):
        return corpus.in_order(rows)
    shuffled = list(rows)
    random.Random(SEED).shuffle(shuffled)
    return shuffled


def _is_sorted_by_agency(rows: Sequence[Row]) -> bool:
    """Neighbours are of one agency far oftener than chance and bursts of like reports make them."""
    alike = fmean(one.agency == other.agency for one, other in pairwise(rows)) if len(rows) > 1 else 0.0
    by_chance = sum((count / len(rows)) ** 2 for count in Counter(row.agency for row in rows).values())
    return alike > (1 + by_chance) / 2


def reading(row: Row) -> Reading:
    return Reading(texts.normal(row.text), row.subject)


def _ask(
    trained: Trained, known: Offices, rows: Sequence[Row]
) -> tuple[list[Answer], list[tuple[float, float]], list[float]]:
    """The answers, how far the first class was ahead, and the milliseconds of each."""
    answers, leads, times = [], [], []
    for row in rows:
        begun = time.perf_counter()
        ranked = trained.classifier.rank([reading(row)])
        classes = [trained.classifier.classes[one] for one in ranked.classes[0]]
        agencies = _three(classes, known, row)
        resolved = bool(agencies) and known.resolve(classes[0], row) is not None
        answers.append(Answer(agencies, resolved and float(ranked.probabilities[0, 0]) >= trained.threshold))
        times.append(1_000 * (time.perf_counter() - begun))
        leads.append((float(ranked.leads[0, 0]), float(ranked.leads[0, 1])))
    return answers, leads, times


def _three(classes: Sequence[str], known: Offices, row: Row) -> tuple[str, ...]:
    """The first three agencies that the place lets be told."""
    found: dict[str, None] = {}
    for name in classes:
        agency = known.resolve(name, row)
        if agency is not None:
            found[agency] = None
        if len(found) == 3:
            break
    return tuple(found)


def _of_baseline(train: Sequence[Row], test: Sequence[Row], known: Offices, wanted: float) -> list[Answer]:
    """With a threshold found as ours is: on the latest reports, after learning from the others."""
    ordered = in_order(train)
    cut = round(len(ordered) * (1 - training.HELD_BACK))
    earlier, latest = ordered[:cut], corpus.without(ordered[cut:], ordered[:cut])
    confidence, right = [], []
    for row, (answer, margin) in zip(latest, _asked(Baseline(earlier), latest, known), strict=True):
        confidence.append(margin)
        right.append(answer[:1] == (row.agency,))
    threshold = thresholds.choose(np.array(confidence), np.array(right, dtype=np.bool_), wanted=wanted)
    return [Answer(answer, margin >= threshold) for answer, margin in _asked(Baseline(train), test, known)]


def _asked(baseline: Baseline, rows: Sequence[Row], known: Offices) -> list[tuple[tuple[str, ...], float]]:
    order, margins = baseline.rank(rows)
    return [
        (_three([baseline.classes[one] for one in ranked], known, row), float(margin))
        for row, ranked, margin in zip(rows, order, margins, strict=True)
    ]


def _figures(runs: Sequence[Run]) -> dict[str, Any]:
    truth = [agency for run in runs for agency in run.truth]
    answers = [answer for run in runs for answer in run.answers]
    return {
        **scores(truth, answers),
        "baseline": scores(truth, [answer for run in runs for answer in run.baseline]),
        "confusion": confusion(truth, answers),
        "train_seconds": round(fmean(run.train_seconds for run in runs), 2),
        "peak_mib": round(peak_mib(), 1),
        "decide_p50_ms": round(median([one for run in runs for one in run.decide_ms]), 3),
    }


def scores(truth: Sequence[str], answers: Sequence[Answer]) -> dict[str, float | None]:
    """`precision` is of the reports assigned alone; None where none was."""
    first = [answer.agencies[0] if answer.agencies else "" for answer in answers]
    alone = [one == said for one, said, answer in zip(truth, first, answers, strict=True) if answer.alone]
    return {
        "top1": round(fmean(one == said for one, said in zip(truth, first, strict=True)), 4),
        "top3": round(fmean(one in answer.agencies for one, answer in zip(truth, answers, strict=True)), 4),
        "macro_f1": round(macro_f1(truth, first), 4),
        "coverage": round(len(alone) / len(truth), 4),
        "precision": round(fmean(alone), 4) if alone else None,
    }


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """The mean over all agencies that are right or said for some report."""
    right = Counter(one for one, other in zip(truth, said, strict=True) if one == other)
    of_truth, of_said = Counter(truth), Counter(said)
    return fmean(2 * right[name] / (of_truth[name] + of_said[name]) for name in {*of_truth, *of_said})


def confusion(truth: Sequence[str], answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Of the ten largest agencies: which agency was said for their reports, how often, the most frequent first."""
    counted: dict[str, Counter[str]] = {}
    for agency, _ in Counter(truth).most_common(LARGEST):
        counted[agency] = Counter()
    for agency, answer in zip(truth, answers, strict=True):
        if agency in counted:
            counted[agency][answer.agencies[0] if answer.agencies else ""] += 1
    return {agency: dict(said.most_common()) for agency, said in counted.items()}


def peak_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
