"""The pages of rule sets over HTTP. They are for browsers, and in no OpenAPI document."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.opinion import Known
from routing_service.competence.rule_sets import service
from routing_service.competence.rule_sets.endpoints import READING, Knowing, RuleSetId
from routing_service.pages.rules import acting, shown
from routing_service.pages.rules.acting import RulesAct
from routing_service.pages.rules.compared import ways
from routing_service.pages.rules.shown import RulesReading
from shared.clients import OFFICERS, Client, Role
from shared.database import Session
from shared.domain.states import RuleSetState
from shared.errors import DomainError
from shared.http.web import Now
from shared.http.wire import Cursor
from shared.pages import answers, places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, Sent

RULES = f"{places.ROOT}/rules"
ONE = f"{RULES}/{{id}}"
#: Of the reports that a replay would send elsewhere.
MOST_SHOWN = 20
#: How many reports a replay looks at, to choose from; the first is what is chosen.
LAST = (1000, 200, 5000)

router = APIRouter(include_in_schema=False)

State = Annotated[RuleSetState | None, Query()]
Start = Annotated[int, Query(ge=1, le=100_000)]


@router.get(RULES)
async def show_rule_sets(
    seat: Seated, session: Session, known: Knowing, now: Now, state: State = None,
    cursor: Cursor | None = None,
) -> Response:  # fmt: skip
    READING.check(seat.client)
    return await _list(seat, session, _reading(seat, known, now), state=state, cursor=cursor)


@router.post(RULES)
async def draft_rules(sent: AnyForm, session: Session, known: Knowing, now: Now) -> Response:
    """A new draft, and on to it; or the page again with what is wrong, by line, and what was typed."""
    seat = sent.seat
    READING.check(seat.client)
    reading = _reading(seat, known, now)
    try:
        sent.check()
        async with session.begin_nested():
            made = await acting.draft(session, sent.typed, reading)
    except DomainError as error:
        return await _list(seat, session, reading, status=error.status, **_wrong(sent, error))
    return see(seat.to(ONE.format(id=made.id), done="draft"))


@router.get(ONE)
async def show_rule_set(
    id: RuleSetId,
    seat: Seated,
    session: Session,
    known: Knowing,
    now: Now,
    start: Annotated[Start, Query(alias="from")] = 1,
) -> Response:
    READING.check(seat.client)
    done = seat.request.query_params.get("done")
    return await _page(seat, session, _reading(seat, known, now), id, start=start, done=done if done in DONE else None)


#: What there are words for.
DONE = frozenset({"draft", "rules", "activate", "rollback"})


@router.get(f"{ONE}/file")
async def download_rules(id: RuleSetId, seat: Seated, session: Session) -> Response:
    """All rules of a set, as they can be edited and sent again."""
    READING.check(seat.client)
    found = await service.get_rule_set(session, id, seat.client)
    headers = {"Content-Disposition": f'attachment; filename="rules-{id}.json"', "Cache-Control": "no-store"}
    return Response(shown.as_text(found.rules), media_type="application/json", headers=headers)


@router.post(ONE)
async def act_on_rules(id: RuleSetId, sent: AnyForm, session: Session, known: Knowing, now: Now) -> Response:
    """What the form asks for; or the page again, with why not, who was first, and what was typed."""
    seat = sent.seat
    READING.check(seat.client)
    reading = _reading(seat, known, now)
    try:
        sent.check()
        async with session.begin_nested():  # what is refused in the middle is not done in part
            await acting.carry_out_on_rules(RulesAct(session, id, sent.typed, reading))
    except DomainError as error:
        return await _again(sent, session, reading, id, error)
    act = sent.last("act")
    return see(seat.to(RULES, done="discard") if act == "discard" else seat.to(ONE.format(id=id), done=act))


@router.post(f"{ONE}/trial")
async def try_rule_set(id: RuleSetId, sent: AnyForm, session: Session, known: Knowing, now: Now) -> Response:
    """What the linter finds, or what a replay says. Stores nothing."""
    seat = sent.seat
    READING.check(seat.client)
    reading = _reading(seat, known, now)
    act = RulesAct(session, id, sent.typed, reading)
    found: dict[str, Any] = {"lint": None, "replay": None}
    try:
        sent.check()
        if act.form.get("act") == "lint":
            found["lint"] = await acting.check_rules(act)
        else:
            found["replay"] = await acting.try_rules(act)
    except DomainError as error:
        return await _again(sent, session, reading, id, error)
    return await _page(seat, session, reading, id, typed=sent.typed, **found)


def _reading(seat: Seat, known: Known, now: Now) -> RulesReading:
    return RulesReading(seat.client, known, seat.language, now)


def _wrong(sent: Sent, error: DomainError) -> dict[str, Any]:
    typed = dict(sent.typed)
    typed["rules"] = acting.written_in(typed)  # a browser never fills in a file again
    language = sent.seat.language
    mistakes = acting.mistakes_of(error, typed, language)
    return {"wrong": answers.sentence(error, language), "mistakes": mistakes, "typed": typed}


async def _again(sent: Sent, session: AsyncSession, reading: RulesReading, id: int, error: DomainError) -> Response:
    """Raises what was wrong, where the set itself is not there for them (any more)."""
    try:
        first = await shown.first_change(session, id, error)
        return await _page(sent.seat, session, reading, id, status=error.status, first=first, **_wrong(sent, error))
    except DomainError:
        raise error from None


async def _list(
    seat: Seat, session: AsyncSession, reading: RulesReading, *, status: int = 200, **values: Any
) -> Response:
    state, cursor = values.pop("state", None), values.pop("cursor", None)
    found = await shown.sets_by_state(session, reading, state, cursor)
    given: dict[str, Any] = {"wrong": None, "mistakes": (), "typed": {}}
    done = seat.request.query_params.get("done") == "discard"
    page: Response = seat.request.app.state.look.page(
        seat.request, "rules.html", status=status, now=reading.now, states=found, state=state, done=done,
        may_draft=shown.may_draft(seat.client), operator=seat.client.role is Role.OPERATOR,
        agency_name=_agency_name(reading), **(given | values),
    )  # fmt: skip
    return page


async def _page(
    seat: Seat,
    session: AsyncSession,
    reading: RulesReading,
    id: int,
    *,
    status: int = 200,
    start: int = 1,
    **values: Any,
) -> Response:
    found = await shown.see_rule_set(session, id, reading, start=start)
    given: dict[str, Any] = {
        "wrong": None, "mistakes": (), "first": None, "typed": {}, "done": None, "lint": None, "replay": None,
    }  # fmt: skip
    replay = values.get("replay")
    page: Response = seat.request.app.state.look.page(
        seat.request, "rule_set.html", status=status, now=reading.now, shown=found, rule_set=found.rule_set,
        here=seat.to(ONE.format(id=id)), trial_at=seat.to(f"{ONE.format(id=id)}/trial"), last=LAST,
        ways=ways(replay.items) if replay else (), shown_reports=replay.items[:MOST_SHOWN] if replay else (),
        opens_reports=_opens_reports(seat.client), agency_name=_agency_name(reading), **(given | values),
    )  # fmt: skip
    return page


def _opens_reports(client: Client) -> bool:
    return client.role in OFFICERS | {Role.SUPERVISOR}


def _agency_name(reading: RulesReading) -> Any:
    def name(code: str) -> str:
        found = reading.known.directory.get(code)
        return code if found is None else found.name_on(reading.on)

    return name
