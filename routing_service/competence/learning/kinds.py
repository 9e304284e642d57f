"""Classes of the model: an agency, or a kind of agency that exists once per village or district. Pure.

'Kelurahan A', 'Kelurahan B' ... are learned together as one kind, since their reports read alike; which of them it is
follows from the place. A kind is written `@village`, an agency by its code.
"""

from collections.abc import Sequence
from datetime import date

from routing_service.registry.directory import Directory, Listed
from routing_service.registry.levels import AgencyLevel

MARK = "@"
_LOCAL = (AgencyLevel.VILLAGE, AgencyLevel.DISTRICT, AgencyLevel.UNIT)


def class_of(agency: str, directory: Directory) -> str:
    """What a report of this agency teaches: its kind where there are several of it by place, else the agency."""
    listed = directory.get(agency)
    kind = None if listed is None else _kind(listed)
    if kind is None or kind not in _kinds(directory):
        return agency
    return f"{MARK}{kind}"


def _kind(listed: Listed) -> str | None:
    """Units are told apart by their first duty (puskesmas, school ...), offices by their form."""
    if listed.level not in _LOCAL or listed.region is None:
        return None
    if listed.level == AgencyLevel.UNIT:
        return listed.duties[0] if listed.duties else None
    return listed.kind


def _kinds(directory: Directory) -> frozenset[str]:
    """Those that exist in more than one place."""
    places: dict[str, set[str]] = {}
    for listed in directory.agencies.values():
        kind = _kind(listed)
        if kind is not None and listed.region is not None:
            places.setdefault(kind, set()).add(listed.region)
    return frozenset(kind for kind, regions in places.items() if len(regions) > 1)


def resolve(learned: str, region: str | None, directory: Directory, on: date) -> Sequence[str]:
    """The agencies that a class means for a report of this region; none where the place does not tell.

    An agency that is no longer in force stands for its successor.
    """
    if not learned.startswith(MARK):
        heir = successor(learned, directory, on)
        return () if heir is None else (heir,)
    if region is None:
        return ()
    kind = learned.removeprefix(MARK)
    return [code for code in directory.competent(kind, region, on=on) if _kind(directory.agencies[code]) == kind]


def successor(code: str, directory: Directory, on: date) -> str | None:
    """The agency itself, or its successor by that day; None if there is none."""
    seen: set[str] = set()
    while code not in seen:
        seen.add(code)
        listed = directory.get(code)
        if listed is None:
            return None
        if listed.serves(on):
            return code
        if listed.successor is None:
            return None
        code = listed.successor
    return None
