"""The pages over HTTP. They are for browsers, and in no OpenAPI document."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages import bulk, inbox, options, shown
from routing_service.pages.acting import GOES_ON, Act, carry_out
from routing_service.pages.attempts import attempt, version_in
from routing_service.pages.boxes import BOXES
from routing_service.pages.shown import Looking, Shown
from routing_service.registry.officers.activity import Activity
from routing_service.report.possible import OfficerAction
from routing_service.work.decisions.advice import Advising
from routing_service.work.decisions.endpoints import Advises
from routing_service.work.desk.service import Errand
from shared import ids
from shared.actors import INTAKE, MONITOR
from shared.database import Session
from shared.errors import DomainError, VersionMismatch
from shared.http import reads
from shared.http.web import Now
from shared.pages import answers, places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, Sent, SentForm, base

INBOX, REPORT = f"{places.ROOT}/inbox", f"{places.ROOT}/reports/{{id}}"

router = APIRouter(include_in_schema=False)

Reference = Annotated[str, Path(alias="id", min_length=1, max_length=64)]


@router.get(INBOX)
async def show_inbox(seat: Seated, session: Session, advises: Advises, now: Now) -> Response:
    seat.allow(*BOXES)
    done = _done(seat.request.query_params.get("done"))
    return await _inbox(seat, session, advises, now, done=done, number=_number(seat))


@router.post(INBOX)
async def act_on_several(sent: SentForm, session: Session, advises: Advises, now: Now) -> Response:
    """Each report by itself: what one refuses keeps nobody else's from being done, and of it nothing is done."""
    seat = sent.seat
    seat.allow(*BOXES)
    outcomes = await bulk.carry_out_all(session, sent, advises, now)
    activity: Activity = seat.request.app.state.activity
    await activity.note(session, seat.client, now)
    failed = {one.number for one in outcomes if one.wrong}
    return await _inbox(seat, session, advises, now, outcomes=outcomes, chosen=failed)


async def _inbox(seat: Seat, session: AsyncSession, advises: Advising, now: Now, **values: object) -> Response:
    who = await inbox.asking(session, seat.client, most_returns=advises.most_returns, now=now)
    found = await inbox.open_inbox(session, who, seat.request.query_params.get("box"))
    several = options.BULK.get(found.box, ())
    agencies = await inbox.agencies(session, who) if "dispose" in several else ()
    given: dict[str, object] = {"done": None, "number": None, "outcomes": (), "chosen": frozenset()}
    response: Response = seat.request.app.state.look.page(
        seat.request, "inbox.html", now=now, zone=found.zone, inbox=found, many=inbox.many, bulk=several,
        agencies=agencies, archive_reasons=dict(options.archive_reasons(seat.language)), **(given | values),
    )  # fmt: skip
    return response


@router.get(REPORT)
async def show_report(reference: Reference, seat: Seated, session: Session, advises: Advises, now: Now) -> Response:
    query = seat.request.query_params
    looking = Looking(seat.client, advises, seat.language, now)
    found = await shown.see_report(session, reference, looking, beside=query.get("with"))
    if found.other is not None:
        reads.shows(seat.request, found.other.tracking_number)
    box = query.get("box", "")
    following = await _following(session, seat, advises, box, found.report.tracking_number, now)
    return _page(seat, found, now, following=following, done=_done(query.get("done")), number=_number(seat))


@router.post(REPORT)
async def act_on_report(reference: Reference, sent: AnyForm, session: Session, advises: Advises, now: Now) -> Response:
    """What the form asks for, and then the next report of the box; or this one again, with why not, and what was
    typed.
    """
    seat, form, box = sent.seat, _form_of(sent), sent.last("box")

    async def do(errand: Errand) -> None:
        await carry_out(Act(session, errand, form, advises, seat.language, sent.all("evidence")))

    error = await attempt(session, sent, reference, now, do)
    if error is not None:
        return await _again(sent, session, reference, error, advises, now)
    act = form.get("act", "")
    if act in GOES_ON and box:
        following = await _following(session, seat, advises, box, reference, now)
        path = INBOX if following is None else REPORT.format(id=following)
        return see(seat.to(path, box=box, done=act, number=reference))
    return see(seat.to(REPORT.format(id=reference), box=box, done=act))


def _form_of(sent: Sent) -> Mapping[str, str]:
    """A button for a suggested agency says what is done and where it goes, whatever else the form has."""
    way, _, agency = sent.last("go").partition(":")
    return {**sent.typed, "act": way, "agency": agency} if agency else sent.typed


async def _again(
    sent: Sent, session: AsyncSession, reference: str, error: DomainError, advises: Advising, now: Now
) -> Response:
    """Raises what was wrong, where the report itself is not there for them (any more)."""
    seat = sent.seat
    try:
        found = await shown.see_report(session, reference, Looking(seat.client, advises, seat.language, now))
    except DomainError:
        raise error from None
    reads.shows(seat.request, found.report.tracking_number)
    first = shown.first_since(found, version_in(sent)) if isinstance(error, VersionMismatch) else None
    box = sent.last("box")
    following = await _following(session, seat, advises, box, found.report.tracking_number, now)
    wrong = answers.sentence(error, seat.language)
    return _page(
        seat, found, now, following=following, status=error.status, wrong=wrong, first=first, typed=sent.typed, box=box
    )


def _page(seat: Seat, found: Shown, now: Now, *, status: int = 200, **values: object) -> Response:
    given: dict[str, object] = {
        "wrong": None,
        "first": None,
        "typed": {},
        "done": None,
        "number": None,
        "following": None,
    }
    box = seat.request.query_params.get("box", "")
    response: Response = seat.request.app.state.look.page(
        seat.request, "report.html", status=status, now=now, zone=found.zone, shown=found, report=found.report,
        **(given | {"box": box} | values | options.choices(found, seat.client, seat.language)),
        here=seat.to(REPORT.format(id=found.report.tracking_number)),
        evidence_at=f"{base(seat.request, INTAKE)}{places.ROOT}/evidence",
        deadlines_at=f"{base(seat.request, MONITOR)}{places.ROOT}/deadlines/{found.report.tracking_number}",
    )  # fmt: skip
    return response


async def _following(
    session: AsyncSession, seat: Seat, advises: Advising, box: str, number: str, now: Now
) -> str | None:
    if not box or seat.client.role not in BOXES:
        return None
    who = await inbox.asking(session, seat.client, most_returns=advises.most_returns, now=now)
    return await inbox.after(session, who, box, number)


_KNOWN = frozenset({one.value for one in OfficerAction} | {"ask_for_evidence"})


def _done(said: str | None) -> str | None:
    """Only what there are words for is said."""
    return said if said in _KNOWN else None


def _number(seat: Seat) -> str | None:
    """Of the report that was done before; what else an address says is not repeated."""
    said = seat.request.query_params.get("number", "")
    return said if ids.is_tracking_number(said) else None
