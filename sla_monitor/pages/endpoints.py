"""The pages over HTTP. They are for browsers, and in no OpenAPI document."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import ROUTING
from shared.clients import OFFICERS, Role
from shared.database import Session
from shared.domain import dates, newer
from shared.domain.lifecycle import Status, status_label
from shared.domain.wording import say
from shared.errors import DomainError
from shared.http.web import Now
from shared.pages import answers as board_answers
from shared.pages import places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, base
from sla_monitor.clocks.endpoints import ReportReference, Rules
from sla_monitor.indicators.catalogue import Indicator
from sla_monitor.indicators.endpoints import Indicators
from sla_monitor.pages import acknowledging, cases, today
from sla_monitor.pages.agencies import AgenciesParams, agencies
from sla_monitor.pages.cases import CaseParams, LadderParams, LanguageParams, MoveParams
from sla_monitor.pages.deadlines import deadlines
from sla_monitor.pages.figure_cases import FigureListParams, figure_list
from sla_monitor.pages.figure_cells import said
from sla_monitor.pages.health import LATE_SECONDS, health
from sla_monitor.pages.today import Looking
from sla_monitor.pages.urgency import Urgency
from sla_monitor.reference.service import References

router = APIRouter(prefix=places.ROOT, include_in_schema=False)

WATCHERS = OFFICERS | {Role.SUPERVISOR}
HEALTH = f"{places.ROOT}/health"
#: Counts alone, of the whole country.
WHOLE = (HEALTH,)
#: How often a wall screen asks anew.
REFRESH_SECONDS = 60


@router.get("/today")
async def show_today(seat: Seated, session: Session, rules: Rules, now: Now) -> Response:
    """`?wall=1`: for a screen on the wall, which asks anew by itself; with `still=1` it does not."""
    seat.allow(*WATCHERS)
    found = await today.today(session, _looking(seat, now), rules)
    query = seat.request.query_params
    template = "wall.html" if query.get("wall") == "1" else "today.html"
    refresh = 0 if query.get("still") == "1" else REFRESH_SECONDS
    return _page(seat, template, now, zone=found.zone, today=found, refresh=refresh)


@router.get("/cases")
async def list_cases(
    params: Annotated[CaseParams, Query()], seat: Seated, session: Session, rules: Rules, now: Now
) -> Response:
    seat.allow(*WATCHERS)
    looking = _looking(seat, now)
    found = await cases.urgent(session, params, looking)
    labels = await today.labels(session, rules, seat.language)
    asked = params.model_dump(mode="json", exclude={"cursor", "lang"}, exclude_defaults=True)
    return _page(
        seat, "cases.html", now, zone=found.zone, found=found, params=params, asked=asked, labels=labels,
        urgencies=list(Urgency),
    )  # fmt: skip


@router.get("/moves")
async def list_moves(params: Annotated[MoveParams, Query()], seat: Seated, session: Session, now: Now) -> Response:
    seat.allow(*WATCHERS)
    found = await cases.moves(session, params.type, _looking(seat, now))
    return _page(seat, "moves.html", now, zone=found.zone, found=found, type=params.type)


@router.get("/ladder")
async def list_ladder(
    params: Annotated[LadderParams, Query()], seat: Seated, session: Session, rules: Rules, now: Now
) -> Response:
    seat.allow(*WATCHERS)
    return await _ladder(params, seat, session, rules, now, done=params.done == "acknowledge")


@router.post("/ladder")
async def acknowledge_step(sent: AnyForm, session: Session, rules: Rules, now: Now) -> Response:
    """That somebody knows of an escalation, and what they do about it."""
    seat = sent.seat
    seat.allow(*OFFICERS)
    older = sent.last("older") == "1"
    try:
        sent.check()
        async with session.begin_nested():
            await acknowledging.acknowledge(session, sent, now=now)
    except DomainError as error:
        wrong = board_answers.sentence(error, seat.language)
        params = LadderParams(older=older)
        return await _ladder(params, seat, session, rules, now, status=error.status, wrong=wrong, typed=sent.typed)
    return see(seat.to(f"{places.ROOT}/ladder", older="1" if older else None, done="acknowledge"))


async def _ladder(
    params: LadderParams, seat: Seat, session: AsyncSession, rules: References, now: Now, **values: Any
) -> Response:
    found = await cases.ladder(session, params, _looking(seat, now), rules)
    labels = await today.labels(session, rules, seat.language)
    given: dict[str, Any] = {"wrong": None, "typed": {}, "done": False}
    return _page(
        seat, "ladder.html", now, zone=found.zone, found=found, labels=labels, older=params.older, **(given | values)
    )  # fmt: skip


@router.get("/deadlines/{id}")
async def show_deadlines(
    reference: ReportReference, params: Annotated[LanguageParams, Query()], seat: Seated, session: Session,
    rules: Rules, now: Now,
) -> Response:  # fmt: skip
    seat.allow(*WATCHERS)
    found = await deadlines(session, reference, params.cursor, _looking(seat, now), rules)
    labels = await today.labels(session, rules, seat.language)
    return _page(
        seat, "deadlines.html", now, found=found, number=reference, labels=labels, zone_name=dates.zone_name,
        status_name=_status_name(seat),
    )  # fmt: skip


@router.get("/agencies")
async def show_agencies(
    params: Annotated[AgenciesParams, Query()], seat: Seated, session: Session, indicators: Indicators, now: Now
) -> Response:
    seat.allow(*WATCHERS)
    state = seat.request.app.state
    words = partial(state.look.say, seat.language)
    found = await agencies(session, params, indicators, state.outlines, _looking(seat, now), words, seat.to)
    thresholds = {code: _thresholds(indicators.indicators[code], seat) for code in found.figures}
    asked_language = seat.request.query_params.get("lang")
    return _page(
        seat, "agencies.html", now, found=found, params=params, thresholds=thresholds, asked_language=asked_language
    )  # fmt: skip


def _thresholds(indicator: Indicator, seat: Seat) -> str:
    if indicator.thresholds is None:
        return ""
    values = {name: getattr(indicator.thresholds, name) for name in ("green", "yellow")}
    shown = {name: said(indicator.unit, value, seat.language) for name, value in values.items()}
    words: str = seat.request.app.state.look.say(seat.language, "green_from", n=indicator.minimum_n, **shown)
    return words


@router.get("/figures")
async def list_figure(
    params: Annotated[FigureListParams, Query()], seat: Seated, session: Session, rules: Rules, indicators: Indicators,
    now: Now,
) -> Response:  # fmt: skip
    """The cases of a figure."""
    seat.allow(*WATCHERS)
    found = await figure_list(session, params, indicators, _looking(seat, now))
    asked = params.model_dump(mode="json", exclude={"cursor", "lang"}, exclude_defaults=True)
    labels = await today.labels(session, rules, seat.language)
    return _page(
        seat, "figures.html", now, found=found, params=params, asked=asked, labels=labels,
        name=say(found.indicator.name, seat.language), formula=say(found.indicator.formula, seat.language),
        status_name=_status_name(seat),
    )  # fmt: skip


def _status_name(seat: Seat) -> Callable[[str], str]:
    return lambda code: say(status_label(newer.code(Status, code)), seat.language)


@router.get("/health")
async def show_health(seat: Seated, session: Session, now: Now) -> Response:
    seat.allow(Role.OPERATOR)
    return _page(seat, "health.html", now, health=await health(session, now=now), late_seconds=LATE_SECONDS)


def _looking(seat: Seat, now: Now) -> Looking:
    state = seat.request.app.state
    return Looking(seat.client, seat.language, now, state.counts, state.sessions)


def _page(seat: Seat, template: str, now: Now, *, status: int = 200, **values: Any) -> Response:
    request = seat.request
    reports_at = f"{base(request, ROUTING)}{places.ROOT}/reports/"
    asked = request.query_params.get("lang")
    said = f"?lang={asked}" if asked in ("id", "en") else ""
    response: Response = request.app.state.look.page(
        request, template, status=status, now=now, **values, report_at=lambda number: f"{reports_at}{number}{said}"
    )
    return response
