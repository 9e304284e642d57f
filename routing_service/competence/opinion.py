"""What the parts say of a report, each for itself: its place, the rules, the model. The decision follows from them.

Computing takes milliseconds of CPU and needs no database, so that it is done in a thread and before any lock is taken.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Protocol, TypeVar

from routing_service.competence.decide import decide
from routing_service.competence.decision import Decision
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import NOWHERE, Place
from routing_service.competence.prediction import NOTHING_LEARNED, Prediction
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.instansi import NO_INSTANSI_RULES, InstansiRules, rule
from routing_service.competence.rules.ruling import NO_RULES, Ruling
from routing_service.registry.directory import Directory

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Places(Protocol):
    """Tells where a text is about."""

    def locate(self, inquiry: Inquiry, *, around: str | None = None) -> Place: ...

    def known(self, code: str) -> str | None:
        """The region of this code, or the one around it that there is."""


class Predicts(Protocol):
    """Tells whom texts are for, by what was learned."""

    def predict(
        self, inquiries: Sequence[Inquiry], places: Sequence[Place], directory: Directory
    ) -> Sequence[Prediction]: ...


@dataclass(frozen=True, slots=True)
class Known:
    """All that decides, in one state of it."""

    directory: Directory
    rules: RuleSet
    places: Places
    model: Predicts | None
    versions: Mapping[str, int | None]
    outdated: tuple[str, ...] = ()  #: parts that could not be brought up to date
    instansi_rules: InstansiRules = NO_INSTANSI_RULES

    def rule(self, inquiry: Inquiry, place: Place) -> Ruling:
        return rule(self.rules, self.instansi_rules, inquiry, place, self.directory)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the parts say of a text, regardless of its holder and of who returned it."""

    inquiry: Inquiry
    known: Known
    place: Place
    seen: Place  #: as it follows from the place that everybody may know, and the words
    ruling: Ruling
    prediction: Prediction
    missing: tuple[str, ...]  #: parts that failed on it, or are outdated

    @property
    def failed(self) -> tuple[str, ...]:
        """The parts that failed on this text."""
        return tuple(part for part in self.missing if part not in self.known.outdated)

    def is_about(self, inquiry: Inquiry) -> bool:
        return self.inquiry == bare(inquiry)

    def decide(self, inquiry: Inquiry, on: date) -> "Advised":
        decision = decide(
            inquiry, self.place, self.ruling, self.prediction, self.known.directory, on=on, missing=self.missing
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


def bare(inquiry: Inquiry) -> Inquiry:
    """Without what only the decision asks: who holds it, whom they named, how often it came back."""
    return replace(inquiry, within=None, suggested=(), returns=0, must_decide=None)


def opine(inquiries: Sequence[Inquiry], known: Known) -> list[Opinion]:
    """A part that fails on a text is missed, and a person told so; it never stops the routing."""
    texts = [bare(inquiry) for inquiry in inquiries]
    missing: list[list[str]] = [list(known.outdated) for _ in texts]
    places = [
        _attempt("boundaries", partial(locate, text, known.places, known.directory), NOWHERE, gone)
        for text, gone in zip(texts, missing, strict=True)
    ]
    seen = [
        _attempt("boundaries", partial(locate, _blurred(text), known.places, known.directory), NOWHERE, [])
        if _blurred(text) != text
        else place
        for text, place in zip(texts, places, strict=True)
    ]
    rulings = [
        _attempt("rules", partial(known.rule, text, place), NO_RULES, gone)
        for text, place, gone in zip(texts, places, missing, strict=True)
    ]
    predictions = _predictions(texts, places, known, missing)
    return [
        Opinion(text, known, place, seen_place, ruling, prediction, tuple(dict.fromkeys(gone)))
        for text, place, seen_place, ruling, prediction, gone in zip(
            texts, places, seen, rulings, predictions, missing, strict=True
        )
    ]


def _blurred(text: Inquiry) -> Inquiry:
    """With the pin in the middle of its cell and no village, as generated columns of `reports` have them."""
    if text.latitude is None or text.longitude is None:
        return text
    return replace(
        text,
        region=text.region and text.region[: len("64.72.03")],
        latitude=round(text.latitude * 100) / 100,
        longitude=round(text.longitude * 100) / 100,
    )


def locate(text: Inquiry, places: Places, directory: Directory) -> Place:
    """A report for an agency is taken to be about its region, where names alone leave the choice."""
    meant = directory.get(text.target_agency)
    return places.locate(text, around=None if meant is None else meant.region)


def _predictions(
    texts: Sequence[Inquiry], places: Sequence[Place], known: Known, missing: Sequence[list[str]]
) -> Sequence[Prediction]:
    """All at once, which is cheaper; if that fails one by one, so that one text spoils no other."""
    model = known.model
    if model is None:
        return [NOTHING_LEARNED] * len(texts)
    failed: list[str] = []
    nothing: Sequence[Prediction] = ()
    nothing_learned: Sequence[Prediction] = (NOTHING_LEARNED,)
    found = _attempt("model", partial(model.predict, texts, places, known.directory), nothing, failed)
    if not failed:
        return found
    return [
        _attempt("model", partial(model.predict, [text], [place], known.directory), nothing_learned, gone)[0]
        for text, place, gone in zip(texts, places, missing, strict=True)
    ]


def _attempt(part: str, ask: Callable[[], Result], otherwise: Result, missing: list[str]) -> Result:
    try:
        return ask()
    except Exception as error:  # its message may hold words of the reporter: only its kind is logged
        logger.warning("a part of routing failed", extra={"part": part, "error": type(error).__name__})
        missing.append(part)
        return otherwise
