"""Periods as people name them: a year, a quarter, a month, days from one to another. Pure."""

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

from shared.errors import Invalid

_PART = r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])(?:-(\d{2}))?))?"
_PERIOD = re.compile(rf"{_PART}(?:\.\.{_PART})?")
FIRST_YEAR, LAST_YEAR = 1900, 2200


class Period(NamedTuple):
    """Both days belong to it."""

    first_day: date
    last_day: date

    def __str__(self) -> str:
        return f"{self.first_day}..{self.last_day}"


def year_of(day: date) -> Period:
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))


def read_period(text: str) -> Period:
    """Raises Invalid."""
    match = _PERIOD.fullmatch(text)
    parts = () if match is None else match.groups()
    try:
        first = _part(*parts[:4])
        last = first if parts[4] is None else _part(*parts[4:])
    except (IndexError, TypeError, ValueError):
        raise Invalid(
            "Write the period as 2026, 2026-Q1, 2026-03 or 2026-01-01..2026-03-31.", pointer="query/period",
            code="period",
        ) from None  # fmt: skip
    period = Period(first.first_day, last.last_day)
    if period.last_day < period.first_day:
        raise Invalid(
            "The period ends before it begins; write its first day first.", pointer="query/period", code="period"
        )
    return period


def _part(year: str, quarter: str | None, month: str | None, day: str | None) -> Period:
    """Raises ValueError for a day that does not exist."""
    number = int(year)
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise ValueError(year)
    if quarter is not None:
        first, last = 3 * int(quarter) - 2, 3 * int(quarter)
    elif month is not None:
        first = last = int(month)
    else:
        first, last = 1, 12
    if day is not None:
        whole = date(number, first, int(day))
        return Period(whole, whole)
    return Period(date(number, first, 1), date(number, last, monthrange(number, last)[1]))
