"""The pages of the rules of deadlines over HTTP. They are for browsers, and in no OpenAPI document."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import OFFICERS, Role
from shared.database import Session
from shared.domain.dates import month
from shared.domain.regions import national_day
from shared.errors import DomainError
from shared.http.web import Now
from shared.http.wire import Code, Cursor
from shared.pages import answers, places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, Sent
from sla_monitor.calendar_versions.endpoints import CalendarId
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.pages import today
from sla_monitor.pages.rules import acting, calendars, policies, simulations
from sla_monitor.pages.rules.acting import CalendarAct
from sla_monitor.pages.rules.stages import in_order_of_life
from sla_monitor.pages.today import Looking
from sla_monitor.roles import OPERATORS, RULES_READERS

CALENDARS, POLICIES, SIMULATIONS = (f"{places.ROOT}/{name}" for name in ("calendars", "policies", "simulations"))
CALENDAR, SIMULATION = f"{CALENDARS}/{{id}}", f"{SIMULATIONS}/{{id}}"
#: How often the page of a simulation that waits asks anew.
REFRESH_SECONDS = 3

router = APIRouter(include_in_schema=False)

Year = Annotated[int | None, Query(ge=1990, le=2100)]


@router.get(CALENDARS)
async def show_calendars(
    seat: Seated, session: Session, rules: Rules, now: Now, cursor: Cursor | None = None
) -> Response:
    """All versions, and the one in force as months."""
    RULES_READERS.check(seat.client)
    return await _calendars(seat, session, now, cursor=cursor)


@router.post(CALENDARS)
async def draft_calendar(sent: AnyForm, session: Session, now: Now) -> Response:
    """A new draft, and on to it; or the page again with what is wrong, and what was typed."""
    seat = sent.seat
    RULES_READERS.check(seat.client)
    try:
        sent.check()
        OPERATORS.check(seat.client)
        async with session.begin_nested():
            made = await acting.draft_calendar(session, sent.typed, _looking(seat, now))
    except DomainError as error:
        return await _calendars(seat, session, now, status=error.status, **_wrong(sent, error))
    return see(seat.to(CALENDAR.format(id=made.id), done="draft"))


@router.get(CALENDAR)
async def show_calendar(id: CalendarId, seat: Seated, session: Session, now: Now, year: Year = None) -> Response:
    RULES_READERS.check(seat.client)
    done = seat.request.query_params.get("done")
    return await _calendar(seat, session, id, now, year=year, done=done if done in DONE else None)


#: What there are words for.
DONE = frozenset({"draft", "days", "activate"})


@router.post(CALENDAR)
async def act_on_calendar(id: CalendarId, sent: AnyForm, session: Session, now: Now) -> Response:
    """What the form asks for; or the page again, with why not, and what was typed."""
    seat = sent.seat
    RULES_READERS.check(seat.client)
    try:
        sent.check()
        OPERATORS.check(seat.client)
        async with session.begin_nested():
            await acting.carry_out_on_calendar(CalendarAct(session, id, sent.typed, _looking(seat, now)))
    except DomainError as error:
        return await _calendar_again(sent, session, id, now, error)
    return see(seat.to(CALENDAR.format(id=id), done=sent.last("act")))


@router.post(f"{CALENDAR}/preview")
async def preview_on_page(id: CalendarId, sent: AnyForm, session: Session, rules: Rules, now: Now) -> Response:
    """Which deadlines the version would move. Stores nothing."""
    seat = sent.seat
    RULES_READERS.check(seat.client)
    try:
        sent.check()
        looking = _looking(seat, now)
        shown = await calendars.see_calendar(session, id, None, national_day(now))
        moves = await calendars.moves_of(session, shown, looking, rules)
    except DomainError as error:
        return await _calendar_again(sent, session, id, now, error)
    labels = await today.labels(session, rules, seat.language)
    return await _calendar(seat, session, id, now, moves=moves, labels=labels)


async def _calendar_again(sent: Sent, session: AsyncSession, id: int, now: Now, error: DomainError) -> Response:
    """Raises what was wrong, where the version itself is not there."""
    try:
        first = await calendars.first_change(session, id, error)
        return await _calendar(sent.seat, session, id, now, status=error.status, first=first, **_wrong(sent, error))
    except DomainError:
        raise error from None


async def _calendars(
    seat: Seat, session: AsyncSession, now: Now, *, cursor: str | None = None, status: int = 200, **values: Any
) -> Response:
    versions, next_cursor = await calendars.versions(session, cursor)
    active = await calendars.version_in_force(session)
    shown = None if active is None else await calendars.see_calendar(session, active.id, None, national_day(now))
    given: dict[str, Any] = {"wrong": None, "mistakes": (), "typed": {}}
    return _page(
        seat, "calendars.html", now, status=status, versions=versions, next_cursor=next_cursor, shown=shown,
        first=cursor is None, **(given | values),
    )  # fmt: skip


async def _calendar(
    seat: Seat, session: AsyncSession, id: int, now: Now, *, year: int | None = None, status: int = 200, **values: Any
) -> Response:
    shown = await calendars.see_calendar(session, id, year, national_day(now))
    given: dict[str, Any] = {
        "wrong": None, "mistakes": (), "typed": {}, "first": None, "done": None, "moves": None, "labels": {},
        "most_days": calendars.MOST_DAYS,
    }  # fmt: skip
    return _page(seat, "calendar.html", now, status=status, shown=shown, **(given | values))


@router.get(POLICIES)
async def show_policies(
    seat: Seated, session: Session, rules: Rules, now: Now,
    code: Annotated[list[Code] | None, Query(max_length=20)] = None,
    agency: Annotated[str, Query(max_length=64)] = "",
) -> Response:  # fmt: skip
    """Policies side by side: those that are named, or those in force and then drafts."""
    RULES_READERS.check(seat.client)
    found = await policies.policies_beside(session, code or (), agency.strip() or None, rules, seat.language)
    labels = await today.labels(session, rules, seat.language)
    return _page(seat, "policies.html", now, found=found, agency=agency.strip(), labels=labels)


@router.get(SIMULATIONS)
async def show_simulations(
    seat: Seated, session: Session, rules: Rules, now: Now, cursor: Cursor | None = None,
    calendar: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:  # fmt: skip
    """`calendar`: chosen in the form, where the page of that version has led here."""
    RULES_READERS.check(seat.client)
    typed = {} if calendar is None else {"calendar": str(calendar)}
    return await _simulations(seat, session, rules, now, cursor=cursor, typed=typed)


@router.post(SIMULATIONS)
async def ask_for_simulation(sent: AnyForm, session: Session, rules: Rules, now: Now) -> Response:
    """Has it done in the background, and leads to where its result will be."""
    seat = sent.seat
    RULES_READERS.check(seat.client)
    try:
        sent.check()
        async with session.begin_nested():
            asked = await simulations.ask_for(session, sent.typed, _looking(seat, now), rules)
    except DomainError as error:
        return await _simulations(seat, session, rules, now, status=error.status, **_wrong(sent, error))
    return see(seat.to(SIMULATION.format(id=asked.id)))


@router.get(SIMULATION)
async def show_simulation(
    id: Annotated[UUID, Path()], seat: Seated, session: Session, rules: Rules, now: Now
) -> Response:
    RULES_READERS.check(seat.client)
    shown = await simulations.shown_simulation(session, id, _looking(seat, now))
    labels = await today.labels(session, rules, seat.language)
    refresh = REFRESH_SECONDS if shown.is_waiting else 0
    tried = simulations.tried(shown.simulation, labels, _other_limit(seat))
    return _page(seat, "simulation.html", now, shown=shown, labels=labels, refresh=refresh, tried=tried)


async def _simulations(
    seat: Seat, session: AsyncSession, rules: Rules, now: Now, *, cursor: str | None = None, status: int = 200,
    **values: Any,
) -> Response:  # fmt: skip
    looking, labels = _looking(seat, now), await today.labels(session, rules, seat.language)
    found, next_cursor = await simulations.simulations(session, looking, cursor)
    versions, _ = await calendars.versions(session, None)
    known = await simulations.known_policies(session)
    given: dict[str, Any] = {"wrong": None, "mistakes": (), "typed": {}}
    return _page(
        seat, "simulations.html", now, status=status, found=found, next_cursor=next_cursor, first=cursor is None,
        versions=versions, policies=known,
        tried=partial(simulations.tried, labels=labels, other_limit=_other_limit(seat)),
        labels={name: labels[name] for name in in_order_of_life(labels)},
        period=simulations.last_months(national_day(now)), **(given | values),
    )  # fmt: skip


def _other_limit(seat: Seat) -> str:
    words: str = seat.request.app.state.look.say(seat.language, "tried_limit")
    return words


def _looking(seat: Seat, now: Now) -> Looking:
    state = seat.request.app.state
    return Looking(seat.client, seat.language, now, state.counts, state.sessions)


def _wrong(sent: Sent, error: DomainError) -> dict[str, Any]:
    typed: Mapping[str, str] = {**sent.typed, "days": acting.days_written(sent.typed)}
    language = sent.seat.language
    mistakes = acting.mistakes_in_days(error, language)
    return {"wrong": answers.sentence(error, language), "mistakes": mistakes, "typed": typed}


def _page(seat: Seat, template: str, now: Now, *, status: int = 200, **values: Any) -> Response:
    response: Response = seat.request.app.state.look.page(
        seat.request, template, status=status, now=now, month_name=lambda number: month(number, seat.language),
        may_change=seat.client.role is Role.OPERATOR,
        opens_deadlines=seat.client.role in OFFICERS | {Role.SUPERVISOR}, **values,
    )  # fmt: skip
    return response
