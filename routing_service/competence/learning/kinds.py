"""Classes of the model: an agency, or a kind of agency that exists once per village, district, regency ... Pure.

'Kelurahan A', 'Kelurahan B' ... are learned together as one kind, since their reports read alike; which of them it is
follows from the place. So are the public works of one city and of the next, by their first duty. A kind is written
`@village` or `@regency_city:public_works`, an agency by its code.
"""

from collections.abc import Sequence
from datetime import date

from routing_service.registry.directory import Directory, Listed
from routing_service.registry.levels import AgencyLevel

MARK = "@"
_LOCAL = (AgencyLevel.VILLAGE, AgencyLevel.DISTRICT, AgencyLevel.UNIT)
_KNOWN_BY_PLACE = (*_LOCAL, AgencyLevel.AGENCY)
_OF = ":"  #: between the level of a department's government and its duty


def class_of(agency: str, directory: Directory) -> str:
    """What a report of this agency teaches: its kind where there are several of it by place, else the agency."""
    listed = directory.get(agency)
    kind = None if listed is None else _kind(listed, directory)
    if listed is None or kind is None:
        return agency
    alike = [one for one in directory.agencies.values() if one.level == listed.level and _kind(one, directory) == kind]
    several = len({one.region for one in alike}) > 1
    told_apart = listed.level in _LOCAL or _alone(listed, alike)
    return f"{MARK}{kind}" if several and told_apart else agency


def _kind(listed: Listed, directory: Directory) -> str | None:
    """Offices are told by their form, units (puskesmas, school ...) and departments by their first duty.

    A department by the level of its government, too: a province has public works beside those of its cities.
    """
    if listed.level not in _KNOWN_BY_PLACE or listed.region is None:
        return None
    if listed.level in (AgencyLevel.VILLAGE, AgencyLevel.DISTRICT):
        return listed.kind
    if not listed.duties:
        return None
    duty = listed.duties[0]
    return duty if listed.level == AgencyLevel.UNIT else f"{directory.government(listed.code)}{_OF}{duty}"


def _alone(listed: Listed, alike: Sequence[Listed]) -> bool:
    """Whether no other department of its region has its first duty: place and kind would not tell which is meant."""
    return all(one.code == listed.code or one.region != listed.region or one.valid_until for one in alike)


def resolve(learned: str, region: str | None, directory: Directory, on: date) -> Sequence[str]:
    """The agencies that a class means for a report of this region; none where the place does not tell.

    An agency that is no longer in force stands for its successor.
    """
    if not learned.startswith(MARK):
        heir = directory.in_office(learned, on)
        return () if heir is None else (heir,)
    if region is None:
        return ()
    kind = learned.removeprefix(MARK)
    level, department, duty = kind.rpartition(_OF)
    if department:
        return directory.competent(duty, region, on=on, level=level)
    named = directory.competent(kind, region, on=on)
    return [code for code in named if _kind(directory.agencies[code], directory) == kind]
