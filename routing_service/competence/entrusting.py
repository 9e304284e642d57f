"""Whose coordinator verifies a new report: the one in whose region it lies, where that is switched on. Pure."""

from routing_service.competence.decide import SURE_PLACE
from routing_service.competence.place.place import Place
from routing_service.registry.directory import Directory


def verifier(directory: Directory, region: str | None, place: Place) -> str | None:
    """The instansi; None: the national administrator verifies.

    `region`: what was given with the report. Where places contradict each other, all must lie with one instansi.
    """
    regions = {one.region for pair in place.contradictions for one in (pair.one, pair.other)}
    if region is not None:
        regions.add(region)
    elif place.region is not None and place.confidence >= SURE_PLACE:
        regions.add(place.region)
    else:
        return None
    found = {directory.verifies_own(one) for one in regions}
    return found.pop() if len(found) == 1 else None
