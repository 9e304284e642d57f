"""What a person can choose with one click: the likeliest categories, and the agency that the rules then name. Pure."""

from dataclasses import dataclass, replace

from routing_service.competence.opinion import Opinion
from routing_service.competence.prediction import Prediction
from routing_service.registry.directory import Directory
from shared.domain.subjects import subject_of

MOST = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """A category that the report may come under."""

    category: str
    agency: str | None  #: None: under this category no rule decides


def offers(opinion: Opinion) -> list[Offer]:
    """The likeliest first. Rules are asked once for each: milliseconds of CPU."""
    known, place = opinion.known, opinion.place
    asked = [replace(opinion.inquiry, category=category) for category in _in_service(opinion)[:MOST]]
    return [Offer(one.category or "", known.rule(one, place).agency) for one in asked]


def _in_service(opinion: Opinion) -> list[str]:
    directory, day = opinion.known.directory, opinion.inquiry.received_on
    terms = ((one, directory.terms.get(one)) for one in opinion.prediction.categories)
    return [one for one, term in terms if term is None or term.serves(day)]


def likely_subjects(prediction: Prediction, directory: Directory) -> list[str]:
    """Those of the likeliest categories."""
    found = (subject_of(directory.category_line(category)) for category in prediction.categories)
    return list(dict.fromkeys(one for one in found if one is not None))[:MOST]
