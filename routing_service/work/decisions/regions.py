"""Where a report is about: what routing found, what an officer says, and what strangers learn of both. Pure.

Strangers must not find a pin by the region that was found for it near a border: theirs follows from the middle of the
cell that they see, so that it is the same wherever in the cell the pin is (docs/public-view.md).
"""

from routing_service.competence.opinion import Opinion
from routing_service.competence.place.place import Place
from routing_service.registry.directory import inside
from routing_service.report.case import Case

#: A pin in one polygon, a code, a name with its level word. Not where neighbours both claim the pin, or none quite has
#: it, nor a name in passing; and what contradicts itself is never so sure.
SURE = 0.8
_DISTRICT, _REGENCY = len("64.72.03"), len("64.72")


def find(case: Case, opinion: Opinion) -> bool:
    """Take over what routing found; whether that changes anything. An officer's word stands."""
    if case.set_region is not None:
        return False
    before = case.found_region, case.shown_region
    found = _sure(opinion.place)
    case.found_region = None if found == case.region else found
    case.shown_region = _more_than(case.chosen_region, (_sure(opinion.seen) or "")[:_DISTRICT])
    return before != (case.found_region, case.shown_region)


def set_to(case: Case, region: str) -> None:
    """By an officer, who may have read it off the pin: then strangers learn no more of it than of the pin."""
    learned = case.shown_region or case.chosen_region or ""
    case.set_region = region
    if not case.pinned or inside(learned, region):
        case.shown_region = region
    elif learned == region[:_DISTRICT]:
        case.shown_region = learned
    else:
        case.shown_region = region[:_REGENCY]


def _sure(place: Place) -> str | None:
    return place.region if place.confidence >= SURE else None


def _more_than(chosen: str | None, found: str) -> str | None:
    """None where what was chosen says as much."""
    if not found or (chosen is not None and not (inside(found, chosen) and found != chosen)):
        return None
    return found
