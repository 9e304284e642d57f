"""A calendar version from the `holidays` package: national holidays, and cuti bersama apart from them."""

from collections.abc import Iterable
from datetime import date
from importlib.metadata import version

from holidays import country_holidays

from sla_monitor.calendars import Calendar, CalendarError, Name

FIRST_YEAR, LAST_YEAR = 2010, 2031
SOURCE = f"holidays {version('holidays')}"


def calendar(years: Iterable[int] = range(FIRST_YEAR, LAST_YEAR + 1), *, name: str | None = None) -> Calendar:
    """The given years (without a gap) as the installed package knows them.

    The joint decree (SKB 3 Menteri) announces cuti bersama about a year ahead; a year of which the package has none is
    incomplete, and its movable feasts are estimates.
    """
    chosen = sorted(set(years))
    if not chosen or len(chosen) != chosen[-1] - chosen[0] + 1:
        raise CalendarError("A calendar covers one or more years without a gap.")
    cuti_bersama = _days(chosen, "government")
    return Calendar(
        name=name or f"{SOURCE}, {chosen[0]}-{chosen[-1]}",
        first_year=chosen[0],
        last_year=chosen[-1],
        complete_years=frozenset(day.year for day in cuti_bersama),
        holidays=_days(chosen, "public"),
        cuti_bersama=cuti_bersama,
    )


def _days(years: list[int], category: str) -> dict[date, Name]:
    indonesian, english = (
        country_holidays("ID", years=years, categories=(category,), language=language, expand=False)
        for language in ("id", "en_US")
    )
    return {day: Name(id=indonesian[day], en=english[day]) for day in sorted(indonesian)}
