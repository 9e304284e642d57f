"""Who reported, as pages: an officer sees it for one report; the identity custodian asks, approves and sees it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.attempts import body_of
from routing_service.report.reading import custody, identity
from routing_service.report.reading.schemas import IdentityRequest, IdentityRequestParams, IdentityView
from shared.clients import Role
from shared.database import Session
from shared.errors import DomainError, Invalid
from shared.http.web import Now
from shared.pages import answers, places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, Sent

IDENTITY = f"{places.ROOT}/reports/{{id}}/identity"
IDENTITIES = f"{places.ROOT}/identities"
_DONE = frozenset({"ask", "approve"})

router = APIRouter(include_in_schema=False)

Reference = Annotated[str, Path(alias="id", min_length=1, max_length=64)]


@router.get(IDENTITY)
async def back_to_report(reference: Reference, seat: Seated) -> Response:
    """Nobody is shown by an address alone: each look is asked for by a form, and recorded."""
    return see(seat.to(f"{places.ROOT}/reports/{reference}"))


@router.post(IDENTITY)
async def see_who_reported(reference: Reference, sent: AnyForm, session: Session, now: Now) -> Response:
    """Once, on the page that answers the form."""
    seat = sent.seat
    seat.allow(*identity.LOOKERS - {Role.IDENTITY_CUSTODIAN})
    return await _looked(sent, session, reference, now)


@router.get(IDENTITIES)
async def show_requests(seat: Seated, session: Session, now: Now) -> Response:
    seat.allow(Role.IDENTITY_CUSTODIAN)
    done = seat.request.query_params.get("done")
    return await _page(seat, session, now, done=done if done in _DONE else None)


@router.post(IDENTITIES)
async def act_on_requests(sent: AnyForm, session: Session, now: Now) -> Response:
    """Looks, asks another custodian, or approves what another one asked for."""
    seat, act = sent.seat, sent.last("act")
    seat.allow(Role.IDENTITY_CUSTODIAN)
    number = sent.last("number").strip()
    if act == "look":
        return await _looked(sent, session, number, now)
    try:
        sent.check()
        custody.check_on(_is_for_two(seat))
        async with session.begin_nested():
            if act == "approve":
                await custody.approve(session, number, _request(sent), seat.client, now=now)
            else:
                await custody.ask(session, number, _asked(sent), seat.client, now=now)
    except DomainError as error:
        wrong = answers.sentence(error, seat.language)
        return await _page(seat, session, now, status=error.status, wrong=wrong, typed=sent.typed)
    return see(seat.to(IDENTITIES, done="approve" if act == "approve" else "ask"))


async def _looked(sent: Sent, session: AsyncSession, number: str, now: Now) -> Response:
    seat = sent.seat
    try:
        sent.check()
        async with session.begin_nested():
            view, _ = await identity.look(
                session, number, _asked(sent), seat.client, seat.request.app.state.identities,
                two_custodians=_is_for_two(seat), repeated=False, now=now,
            )  # fmt: skip
    except DomainError as error:
        wrong = answers.sentence(error, seat.language)
        if seat.client.role is Role.IDENTITY_CUSTODIAN:
            return await _page(seat, session, now, status=error.status, wrong=wrong, typed=sent.typed)
        return _told(seat, number, now, status=error.status, wrong=wrong, typed=sent.typed)
    return _told(seat, view.tracking_number, now, view=view)


def _asked(sent: Sent) -> IdentityRequest:
    return body_of(IdentityRequest, {"reason": sent.last("reason").strip() or None})


def _request(sent: Sent) -> UUID:
    try:
        return UUID(sent.last("request"))
    except ValueError:
        raise Invalid("Choose it on the page.", pointer="/request", code="unknown_act") from None


def _is_for_two(seat: Seat) -> bool:
    return bool(seat.request.app.state.settings.two_custodians)


def _told(
    seat: Seat, number: str, now: Now, *, status: int = 200, view: IdentityView | None = None, **values: object
) -> Response:
    given: dict[str, object] = {"wrong": None, "typed": {}, "facts": [] if view is None else _facts(view)}
    is_custodian = seat.client.role is Role.IDENTITY_CUSTODIAN
    response: Response = seat.request.app.state.look.page(
        seat.request, "identity.html", status=status, now=now, number=number, seen=view is not None,
        here=seat.to(IDENTITY.format(id=number)), is_custodian=is_custodian, **(given | values),
    )  # fmt: skip
    return response


def _facts(view: IdentityView) -> list[tuple[str, str]]:
    """What is known, each with the word for it."""
    said = view.model_dump(exclude={"report_id", "tracking_number"})
    return [(name, value) for name, value in said.items() if value is not None]


async def _page(seat: Seat, session: AsyncSession, now: Now, *, status: int = 200, **values: object) -> Response:
    given: dict[str, object] = {"wrong": None, "typed": {}, "done": None, "requests": []}
    if _is_for_two(seat):
        params = IdentityRequestParams(limit=100)
        given["requests"] = (await custody.open_requests(session, params, now=now)).items
    response: Response = seat.request.app.state.look.page(
        seat.request, "identities.html", status=status, now=now, two=_is_for_two(seat), own=seat.client.actor,
        **(given | values),
    )  # fmt: skip
    return response
