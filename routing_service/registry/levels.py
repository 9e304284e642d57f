"""The level at which an agency stands. Pure."""

from enum import StrEnum, auto


class AgencyLevel(StrEnum):
    NATIONAL = auto()
    PROVINCE = auto()
    REGENCY_CITY = auto()
    AGENCY = auto()
    UNIT = auto()
    DISTRICT = auto()
    VILLAGE = auto()


_OF_KIND = {
    "ministry": AgencyLevel.NATIONAL,
    "province": AgencyLevel.PROVINCE,
    "regency": AgencyLevel.REGENCY_CITY,
    "city": AgencyLevel.REGENCY_CITY,
    "unit": AgencyLevel.UNIT,
    "district": AgencyLevel.DISTRICT,
    "village": AgencyLevel.VILLAGE,
}


def level_of(kind: str, *, root: bool, region: str | None) -> AgencyLevel:
    """The level that follows from the kind, where nobody says another; an instansi without a region is national."""
    if root and region is None:
        return AgencyLevel.NATIONAL
    return _OF_KIND.get(kind, AgencyLevel.AGENCY)
