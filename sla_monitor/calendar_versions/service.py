"""Drafting, amending, previewing and activating versions of the calendar."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Bilingual, Page, Sequence32
from shared.log.payloads.codes import ChangedRule
from shared.schema import CalendarVersion
from sla_monitor import holidays_source
from sla_monitor.calendar_versions import days, queries
from sla_monitor.calendar_versions.schemas import (
    Activated,
    Activation,
    CalendarDetail,
    CalendarDraft,
    CalendarParams,
    CalendarPreview,
    CalendarStatus,
    CalendarView,
    DayChanges,
    DayView,
    YearView,
)
from sla_monitor.calendars import Calendar, DayKind, Name
from sla_monitor.recomputations import previews
from sla_monitor.recomputations import queries as recomputations
from sla_monitor.recomputations import service as recomputing
from sla_monitor.recomputations.selection import EVERYTHING, Selection
from sla_monitor.reference import queries as reference
from sla_monitor.reference.service import References


async def page_of_calendars(session: AsyncSession, params: CalendarParams) -> Page[CalendarView]:
    params = params.in_list("calendars")
    before = params.key(tuple[Sequence32])
    found = await queries.page_of_calendars(session, status=params.status, before=before, limit=params.rows)
    shown, next_cursor = params.cut(found, lambda version: (version.id,))
    years = await queries.years(session, [version.id for version in shown])
    items = [CalendarView.model_validate(_view(version, years[version.id])) for version in shown]
    return Page(items=items, next_cursor=next_cursor)


async def get_calendar(session: AsyncSession, id: int) -> CalendarDetail:
    version = await _known(session, id)
    years = (await queries.years(session, [id]))[id]
    found = [_day(day) for day in await queries.days(session, id)]
    return CalendarDetail.model_validate({**_view(version, years), "days": found})


def _day(day: Row[Any]) -> DayView:
    name = Bilingual(id=day.name_id, en=day.name_en)
    return DayView(date=day.day, kind=DayKind(day.kind), province=day.province or None, name=name)


async def _view_of(session: AsyncSession, version: CalendarVersion) -> CalendarView:
    years = (await queries.years(session, [version.id]))[version.id]
    return CalendarView.model_validate(_view(version, years))


def status_of(version: CalendarVersion) -> CalendarStatus:
    if version.active:
        return CalendarStatus.ACTIVE
    return CalendarStatus.DRAFT if version.superseded_at is None else CalendarStatus.SUPERSEDED


def _view(version: CalendarVersion, years: Iterable[Row[Any]]) -> dict[str, Any]:
    known = [
        YearView(year=year.year, complete=year.cuti_bersama and not year.estimated, cuti_bersama=year.cuti_bersama,
                 estimated=year.estimated)
        for year in years
    ]  # fmt: skip
    names = ("id", "name", "decree", "source", "weekend", "based_on", "created_by", "created_at", "activated_at",
             "superseded_at")  # fmt: skip
    return {
        **{name: getattr(version, name) for name in names},
        "status": status_of(version),
        "years": known,
        "incomplete_years": [year.year for year in known if not year.complete],
    }


async def _known(session: AsyncSession, id: int) -> CalendarVersion:
    version = await queries.get_calendar(session, id)
    if version is None:
        raise NotFound(f"There is no calendar {id}.")
    return version


async def draft(session: AsyncSession, body: CalendarDraft, client: Client) -> CalendarDetail:
    """A new version out of another one, the `holidays` package, or both."""
    base = await _base(session, body.based_on)
    known = None if base is None else await reference.calendar_of(session, base)
    calendar = _drafted(body, known)
    sources = [f"based on {base.name}"] if base is not None else []
    sources += [holidays_source.SOURCE] if body.years is not None else []
    version = await queries.add_calendar(
        session,
        calendar,
        decree=body.decree,
        source=", ".join(sources),
        based_on=None if base is None else base.id,
        created_by=client.actor,
    )
    if version is None:
        raise Conflict(f"There is a calendar of the name {body.name} already; choose another.", code="name_taken")
    return await get_calendar(session, version.id)


async def _base(session: AsyncSession, id: int | None) -> CalendarVersion | None:
    if id is None:
        return await queries.active(session)
    base = await queries.get_calendar(session, id)
    if base is None:
        raise Invalid(f"There is no calendar {id}.", pointer="/based_on", code="unknown_calendar")
    return base


def _drafted(body: CalendarDraft, base: Calendar | None) -> Calendar:
    calendar = base
    if body.years is not None:
        loaded = holidays_source.calendar(range(body.years.first, body.years.last + 1))
        calendar = loaded if base is None else _overlaid(base, loaded)
    if calendar is None:
        raise Invalid("There is no calendar to begin with; name the years to load.", pointer="/years")
    return replace(calendar, name=body.name, weekend=frozenset(body.weekend or calendar.weekend))


def _overlaid(base: Calendar, loaded: Calendar) -> Calendar:
    """The base, with the national days of the loaded years from there."""
    if loaded.first_year > base.last_year + 1 or loaded.last_year < base.first_year - 1:
        raise Invalid(
            f"The years leave a gap to those of the calendar, {base.first_year} to {base.last_year}.", pointer="/years"
        )
    kept = frozenset(year for year in base.complete_years if year not in loaded.years)
    return replace(
        base,
        first_year=min(base.first_year, loaded.first_year),
        last_year=max(base.last_year, loaded.last_year),
        complete_years=kept | loaded.complete_years,
        holidays=_merged(base.holidays, loaded.holidays, loaded.years),
        cuti_bersama=_merged(base.cuti_bersama, loaded.cuti_bersama, loaded.years),
    )


def _merged(base: Mapping[date, Name], loaded: Mapping[date, Name], years: range) -> dict[date, Name]:
    return {day: name for day, name in base.items() if day.year not in years} | dict(loaded)


async def amend(
    session: AsyncSession, id: int, changes: DayChanges, *, places: Mapping[int, str] | None = None
) -> CalendarDetail:
    """Add and remove days of a draft. Raises DaysInvalid with every mistake at once."""
    version = await _locked_draft(session, id)
    known = days.Known(
        years={year.year for year in (await queries.years(session, [id]))[id]},
        days={(day.day, day.kind, day.province) for day in await queries.days(session, id)},
        places=await queries.places(session),
    )
    days.check_days(changes, known, places)
    if changes.remove:
        await queries.remove_days(session, id, [days.key(day) for day in changes.remove])
    if changes.add:
        await reference.store_days(session, id, [days.row(day) for day in changes.add])
    touched = {day.date.year for day in (*changes.add, *changes.remove) if day.kind is DayKind.CUTI_BERSAMA}
    await queries.settle_completeness(session, id, touched)
    return await get_calendar(session, version.id)


async def _locked_draft(session: AsyncSession, id: int) -> CalendarVersion:
    version = await queries.lock_calendar(session, id)
    if version is None:
        raise NotFound(f"There is no calendar {id}.")
    if (status := status_of(version)) is not CalendarStatus.DRAFT:
        raise Conflict(
            f"The calendar {version.name} is {status.value} and never changes again; make a draft from it.",
            code="calendar_not_draft",
        )
    return version


async def preview_calendar(
    session: AsyncSession, id: int, references: References, *, now: datetime, limit: int,
    published_only: bool = False, most: int | None = None,
) -> CalendarPreview:  # fmt: skip
    version = await _known(session, id)
    current = await references.current(session)
    calendar = await reference.calendar_of(session, version)
    found = await previews.preview_moves(
        session,
        replace(current, calendar_id=id, calendar=calendar),
        await _affected(session, current.calendar, calendar),
        now=now,
        limit=limit,
        published_only=published_only,
        most=most,
    )
    known = {"calendar": id, "replaces": current.calendar_id, "incomplete_years": list(calendar.incomplete_years)}
    return CalendarPreview.model_validate({**dict(found), **known})


async def _affected(session: AsyncSession, old: Calendar, new: Calendar) -> Selection:
    """The reports whose clocks can move at all; every one while the clocks are not all up to date."""
    if await recomputations.count_unfinished(session):
        return EVERYTHING
    if old.weekend != new.weekend or not (old.covers(new.first_year) and old.covers(new.last_year)):
        return EVERYTHING
    changed = sorted(_days_off(old) ^ _days_off(new))
    return Selection(days=(changed[0][0], changed[-1][0])) if changed else Selection(reports=())


def _days_off(calendar: Calendar) -> set[tuple[date, str, str]]:
    regional = {(day, DayKind.REGIONAL.value, place) for place, days in calendar.regional.items() for day in days}
    national = {(day, DayKind.HOLIDAY.value, "") for day in calendar.holidays} | {
        (day, DayKind.CUTI_BERSAMA.value, "") for day in calendar.cuti_bersama
    }
    return regional | national


async def activate_calendar(
    session: AsyncSession, id: int, body: Activation, client: Client, *, now: datetime
) -> Activated:
    """Put a draft in force and have the open clocks computed anew.

    Of two at once the second finds that another version is active than the one it was previewed against.
    """
    version = await _locked_draft(session, id)
    active = await queries.active(session)
    if (None if active is None else active.id) != body.replaces:
        raise Conflict(_replaced_by(active), code="calendar_replaced")
    if active is not None:
        await _check_years(session, version, active)
    try:
        async with session.begin_nested():
            await queries.activate_calendar(session, version, now=now)
    except IntegrityError:
        raise Conflict("Another version has just been activated; preview again.", code="calendar_replaced") from None
    recomputation = await recomputing.request(
        session, kind=ChangedRule.CALENDAR, reference=str(id), selection=EVERYTHING, requested_by=client.actor
    )
    return Activated(calendar=await _view_of(session, version), recomputation=recomputation)


def _replaced_by(active: CalendarVersion | None) -> str:
    if active is None:
        return "Meanwhile no version is active any more; preview this one again."
    return f"Meanwhile the version {active.id} ({active.name}) has become active; preview this one again."


async def _check_years(session: AsyncSession, version: CalendarVersion, active: CalendarVersion) -> None:
    """Clocks that were computed shall stay computable."""
    found = await queries.years(session, [version.id, active.id])
    missing = {year.year for year in found[active.id]} - {year.year for year in found[version.id]}
    if missing:
        years = ", ".join(map(str, sorted(missing)))
        raise Conflict(
            f"The calendar {version.name} does not cover {years}, which the active one covers; load those years too.",
            code="calendar_years_missing",
        )
