"""Days and instants as people in Indonesia write them, in Indonesian and English. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.domain.regions import WIB, WIT, WITA
from shared.domain.wording import Language, Wording, say

_MONTHS: tuple[Wording, ...] = (
    ("Januari", "January"), ("Februari", "February"), ("Maret", "March"), ("April", "April"), ("Mei", "May"),
    ("Juni", "June"), ("Juli", "July"), ("Agustus", "August"), ("September", "September"), ("Oktober", "October"),
    ("November", "November"), ("Desember", "December"),
)  # fmt: skip
_ZONES: Mapping[str, str] = MappingProxyType({WIB: "WIB", WITA: "WITA", WIT: "WIT"})


def day(on: date, language: Language) -> str:
    return f"{on.day} {say(_MONTHS[on.month - 1], language)} {on.year}"


def month(number: int, language: Language) -> str:
    """1: January."""
    return say(_MONTHS[number - 1], language)


def zone_name(zone: str) -> str:
    return _ZONES.get(zone, zone)


def instant(at: datetime, zone: str, language: Language) -> str:
    """A midnight is called by the day that it ends: 24.00."""
    local = at.astimezone(ZoneInfo(zone))
    named = zone_name(zone)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"{day(local.date() - timedelta(days=1), language)} {say(('24.00', '24:00'), language)} {named}"
    time = f"{local:%H.%M}" if language is Language.ID else f"{local:%H:%M}"
    return f"{day(local.date(), language)} {time} {named}"
