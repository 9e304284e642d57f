"""What follows from a Kemendagri region code: its province, regency, level and time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

# WIB, WITA and WIT by province: Presidential Decree 41/1987; the newer provinces lie inside the old ones' zones.
WIB, WITA, WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
TIME_ZONES = (WIB, WITA, WIT)
_WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})

#: The calendar of the capital: what holds in the whole country begins and ends by it.
NATIONAL_ZONE = WIB

REGION_PATTERN = r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$"

# Coordinates of Indonesia with its sea: 6 N to 11 S, 95 E to 141 E, and a margin.
LATITUDE_RANGE = (-11.5, 6.5)
LONGITUDE_RANGE = (94.5, 141.5)


def province_of(region: str | None) -> str | None:
    return region[:2] if region else None


def regency_of(region: str | None) -> str | None:
    """The regency or city that a region is or lies in; None for a province."""
    return region[:5] if region and len(region) > 2 else None


def parent_of(region: str) -> str | None:
    return region.rpartition(".")[0] or None


def national_day(instant: datetime) -> date:
    """For what holds in the whole country, such as a category; an agency goes by the calendar where it sits."""
    return instant.astimezone(ZoneInfo(NATIONAL_ZONE)).date()


def time_zone_of(region: str | None) -> str:
    """The zone of a region; WIB where no region is known (domain.md, day rules)."""
    province = province_of(region)
    if province in _WITA_PROVINCES:
        return WITA
    return WIT if province in _WIT_PROVINCES else WIB
