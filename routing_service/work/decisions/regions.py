"""Where a report is about: what routing found, what an officer says, and what strangers learn of both. Pure.

Strangers must not find a pin by the region that was found for it near a border: theirs follows from the middle of the
cell that they see, so that it is the same wherever in the cell the pin is (docs/public-view.md).
"""

from datetime import datetime

from routing_service.competence.opinion import Opinion
from routing_service.competence.place.place import Place
from routing_service.registry.directory import inside
from routing_service.report.batch import ACTOR, File
from routing_service.report.case import Case, latest_move
from shared.log.events import Draft
from shared.log.payloads.routing import ReportLocated

#: A pin in one polygon, a code, a name with its level word. Not where neighbours both claim the pin, or none quite has
#: it, nor a name in passing; and what contradicts itself is never so sure.
SURE = 0.8
_DISTRICT, _REGENCY = len("64.72.03"), len("64.72")


def find(case: Case, opinion: Opinion) -> None:
    """Take over what routing found, as deep as the registry knows regions. An officer's word stands."""
    if case.set_region is not None:
        return
    before = case.found_region, case.shown_region
    known = opinion.known.places.known
    found = known(_sure(opinion.place))
    case.found_region = None if found == case.region else found
    case.shown_region = _more_than(case.chosen_region, known(_sure(opinion.seen)[:_DISTRICT]) or "")
    case.relocated |= before != (case.found_region, case.shown_region)


def tell(file: File, *, now: datetime) -> None:
    """By an event of its own, where no other one of this moment has."""
    located = file.case.take_located()
    if located is not None:
        at = max(now, latest_move(file.history).occurred_at)
        file.add(Draft(ReportLocated(located=located), at, ACTOR), now)


def set_to(case: Case, region: str) -> None:
    """By an officer, who may have read it off the pin: then strangers learn no more of it than of the pin."""
    learned = case.shown_region or case.chosen_region or ""
    before = case.set_region, case.shown_region
    case.set_region = region
    if not case.pinned or inside(learned, region):
        case.shown_region = region
    elif learned == region[:_DISTRICT]:
        case.shown_region = learned
    else:
        case.shown_region = region[:_REGENCY]
    case.relocated |= before != (case.set_region, case.shown_region)


def _sure(place: Place) -> str:
    return (place.region or "") if place.confidence >= SURE else ""


def _more_than(chosen: str | None, found: str) -> str | None:
    """None where what was chosen says as much."""
    if not found or (chosen is not None and not (inside(found, chosen) and found != chosen)):
        return None
    return found
