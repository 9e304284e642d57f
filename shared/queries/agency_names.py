"""Agencies are renamed; what is shown of an earlier day shows the name of that day.

The day is counted in the agency's time zone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Agency, AgencyName


def day_there(instant: Any) -> ColumnElement[date]:
    """The day of an instant where the agency sits, in a statement that reads Agency."""
    return cast(func.timezone(Agency.time_zone, instant), Date)


def name_at(instant: Any) -> ColumnElement[str]:
    """The name that the agency had at an instant, in a statement that reads Agency (and what the instant is of).

    One probe of the primary key of `agency_names`.
    """
    former = (
        select(AgencyName.name)
        .where(AgencyName.agency_code == Agency.code, AgencyName.valid_to >= day_there(instant))
        .order_by(AgencyName.valid_to)
        .limit(1)
        .correlate_except(AgencyName)
        .scalar_subquery()
    )
    return func.coalesce(former, Agency.name)


@dataclass(frozen=True, slots=True)
class Named:
    """One agency: its present name, and its former ones with their last days, the earliest first."""

    name: str
    time_zone: str
    former: tuple[tuple[date, str], ...] = ()

    def on(self, day: date) -> str:
        return next((name for last_day, name in self.former if day <= last_day), self.name)

    def at(self, instant: datetime) -> str:
        return self.on(instant.astimezone(ZoneInfo(self.time_zone)).date())


@dataclass(frozen=True, slots=True)
class Names:
    """The names of some agencies, at any instant."""

    agencies: Mapping[str, Named] = field(default_factory=dict)

    def at(self, code: str | None, instant: datetime) -> str | None:
        """None: no agency, or one that is not among these."""
        named = None if code is None else self.agencies.get(code)
        return None if named is None else named.at(instant)


async def names_of(session: AsyncSession, codes: Iterable[str | None]) -> Names:
    wanted = sorted({code for code in codes if code is not None})
    if not wanted:
        return Names()
    statement = (
        select(Agency.code, Agency.name, Agency.time_zone, AgencyName.valid_to, AgencyName.name)
        .join(AgencyName, AgencyName.agency_code == Agency.code, isouter=True)
        .where(Agency.code.in_(wanted))
        .order_by(Agency.code, AgencyName.valid_to)
    )
    found: dict[str, Named] = {}
    for code, name, zone, last_day, former in await session.execute(statement):
        known: Sequence[tuple[date, str]] = found[code].former if code in found else ()
        more = () if last_day is None else ((last_day, former),)
        found[code] = Named(name, zone, (*known, *more))
    return Names(found)
