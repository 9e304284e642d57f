"""What would change if another set were in force. Pure."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.opinion import Known, Places, locate
from routing_service.competence.place.place import NOWHERE, Place
from routing_service.competence.rules import sentences
from routing_service.competence.rules.ruling import FailureCode, Ruling
from routing_service.registry.directory import Directory
from shared.domain.wording import Language

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Past:
    """A report as it came, and whom it was assigned to."""

    tracking_number: str
    inquiry: Inquiry
    actual: str | None


@dataclass(frozen=True, slots=True)
class Change:
    past: Past
    before: Ruling
    after: Ruling


@dataclass(slots=True)
class Replay:
    """Adds up, batch by batch. One place is found for each report, and both sets are asked about it."""

    present: Known
    proposed: Known
    rule_set: int  #: the one that is tried, of those that `proposed` has
    places: Places
    directory: Directory
    examined: int = 0
    assigned: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    failing: Counter[tuple[int, FailureCode]] = field(default_factory=Counter)  #: rules of the proposed set
    changes: list[Change] = field(default_factory=list)

    def add(self, reports: Iterable[Past]) -> None:
        for past in reports:
            place = self._place(past.inquiry)
            before, after = (one.rule(past.inquiry, place) for one in (self.present, self.proposed))
            self.examined += 1
            self.assigned += past.actual is not None
            for ruling, tally in ((before, self.before), (after, self.after)):
                tally[outcome(ruling)] += 1
                tally["as_assigned"] += ruling.agency is not None and ruling.agency == past.actual
            if after.failure is not None and after.rule_set == self.rule_set:
                self.failing[after.failure.position, after.failure.code] += 1
            if _essence(before) != _essence(after):
                self.changes.append(Change(past, before, after))

    def _place(self, inquiry: Inquiry) -> Place:
        """As for a report that arrives: where locating fails, nothing is known of the place."""
        try:
            return locate(inquiry, self.places, self.directory)
        except Exception as error:  # its message may hold words of the reporter
            logger.warning("a part of routing failed", extra={"part": "boundaries", "error": type(error).__name__})
            return NOWHERE


def outcome(ruling: Ruling) -> str:
    if ruling.failure is not None:
        return "failed"
    return "undecided" if ruling.agency is None else "decided"


def _essence(ruling: Ruling) -> tuple[str | None, str | None]:
    """What matters to the agency that waits for the report: another rule with the same result is no change."""
    return ruling.agency, None if ruling.failure is None else ruling.failure.code.value


def why(change: Change, language: Language) -> str:
    """A sentence on the change, of what the two sets say."""
    told = _TOLD[language]
    return told["change"].format(before=_says(change.before, language, told), after=_says(change.after, language, told))


def _says(ruling: Ruling, language: Language, told: dict[str, str]) -> str:
    if ruling.failure is not None:
        failure = sentences.of_failure(ruling.failure.code.value, ruling.failure.values, language)
        return told["failed"].format(position=ruling.failure.position, failure=failure)
    if ruling.match is None:
        return told["undecided"]
    return told["decided"].format(
        position=ruling.match.position,
        agency=ruling.agency,
        note=f" ({ruling.match.note})" if ruling.match.note else "",
    )


_TOLD = {
    Language.ID: {
        "change": "Sebelumnya {before}; nanti {after}.",
        "decided": "aturan {position} menyebut {agency}{note}",
        "failed": "aturan {position} gagal: {failure}",
        "undecided": "tidak ada aturan yang mengenai",
    },
    Language.EN: {
        "change": "Before, {before}; then, {after}.",
        "decided": "rule {position} names {agency}{note}",
        "failed": "rule {position} fails: {failure}",
        "undecided": "no rule applies",
    },
}
