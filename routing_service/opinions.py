"""What the parts say of a report, each for itself: its place, the rules, the model. The decision follows from them.

Computing takes milliseconds of CPU and needs no database, so that it is done in a thread and before any lock is taken.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, TypeVar

from routing_service.decide import decide
from routing_service.decision import Decision
from routing_service.directory import Directory
from routing_service.jurisdiction.place import NOWHERE, Place
from routing_service.learning.prediction import NOTHING_LEARNED, Prediction
from routing_service.rules.apply import RuleSet
from routing_service.rules.ruling import NO_RULES, Ruling
from routing_service.subjects import Subject

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Places(Protocol):
    def locate(self, subject: Subject) -> Place: ...


class Predicts(Protocol):
    def predict(self, subject: Subject, place: Place, directory: Directory) -> Prediction: ...


@dataclass(frozen=True, slots=True)
class Known:
    """All that decides, in one state of it."""

    directory: Directory
    rules: RuleSet
    places: Places
    model: Predicts | None
    versions: Mapping[str, int | None]
    outdated: tuple[str, ...] = ()  #: parts that could not be brought up to date


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the parts say of a text, whoever holds it and whoever returned it."""

    subject: Subject
    known: Known
    place: Place
    ruling: Ruling
    prediction: Prediction
    missing: tuple[str, ...]  #: parts that failed on it, or are outdated

    def is_about(self, subject: Subject) -> bool:
        return self.subject == bare(subject)

    def decide(self, subject: Subject, on: date) -> "Advised":
        decision = decide(
            subject, self.place, self.ruling, self.prediction, self.known.directory, on=on, missing=self.missing
        )
        return Advised(self, decision)


@dataclass(frozen=True, slots=True)
class Advised:
    """A decision with all that it was made of."""

    opinion: Opinion
    decision: Decision

    def as_data(self) -> dict[str, Any]:
        return {
            "suggestion": self.decision.as_data(),
            "place": self.opinion.place.as_data(),
            "ruling": self.opinion.ruling.as_data(),
            "prediction": self.opinion.prediction.as_data(),
            "versions": dict(self.opinion.known.versions),
        }


def bare(subject: Subject) -> Subject:
    """Without what comes and goes with its holders."""
    return replace(subject, within=None, returned_by=frozenset(), suggested=(), returns=0, must_decide=None)


def opine(subject: Subject, known: Known) -> Opinion:
    """A part that fails is missed, and a person told so; it never stops the routing of a report."""
    missing = list(known.outdated)
    text = bare(subject)
    place = _attempt("boundaries", lambda: known.places.locate(text), NOWHERE, missing)
    ruling = _attempt("rules", lambda: known.rules.apply(text, place, known.directory), NO_RULES, missing)
    model = known.model
    prediction = NOTHING_LEARNED
    if model is not None:
        prediction = _attempt("model", lambda: model.predict(text, place, known.directory), NOTHING_LEARNED, missing)
    return Opinion(text, known, place, ruling, prediction, tuple(dict.fromkeys(missing)))


def _attempt(part: str, ask: Callable[[], Result], otherwise: Result, missing: list[str]) -> Result:
    try:
        return ask()
    except Exception as error:  # its message may hold words of the reporter: only its kind is logged
        logger.warning("a part of routing failed", extra={"part": part, "error": type(error).__name__})
        missing.append(part)
        return otherwise
