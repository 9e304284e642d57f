"""The pages of what everybody reads and sees of a report. They are for browsers, and in no OpenAPI document."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages import options, public
from routing_service.pages.attempts import attempt, body_of
from routing_service.pages.public import PublicFile, Published
from routing_service.pages.squares import Square, Squares
from routing_service.work.decisions.endpoints import Advises
from routing_service.work.desk.service import Errand
from routing_service.work.evidence import service as evidence
from routing_service.work.evidence.schemas import CoveredArea, EvidenceReviewChange
from shared.actors import INTAKE
from shared.database import Session
from shared.domain.regions import time_zone_of
from shared.errors import DomainError, NotFound
from shared.http import reads
from shared.http.web import Now
from shared.pages import answers, places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, Sent, base

PUBLIC = f"{places.ROOT}/reports/{{id}}/public"
COVERING = f"{places.ROOT}/reports/{{id}}/evidence/{{evidence_id}}"
_DONE = frozenset({"mask", "lift", "release", "withhold", "cover"})

router = APIRouter(include_in_schema=False)

Reference = Annotated[str, Path(alias="id", min_length=1, max_length=64)]


@router.get(PUBLIC)
async def show_what_is_public(
    reference: Reference, seat: Seated, session: Session, advises: Advises, now: Now
) -> Response:
    found = await public.published(session, reference, seat.client, most_returns=advises.most_returns)
    done = seat.request.query_params.get("done")
    return _page(seat, found, now, done=done if done in _DONE else None)


@router.post(PUBLIC)
async def change_what_is_public(
    reference: Reference, sent: AnyForm, session: Session, advises: Advises, now: Now
) -> Response:
    """Masks words or lets them be read again, releases a file or withholds it."""
    seat = sent.seat
    error = await attempt(session, sent, reference, now, lambda errand: public.change(session, errand, sent))
    if error is None:
        return see(seat.to(PUBLIC.format(id=reference), done=sent.last("act")))
    try:
        found = await public.published(session, reference, seat.client, most_returns=advises.most_returns)
    except DomainError:
        raise error from None
    reads.shows(seat.request, found.number)
    wrong = answers.sentence(error, seat.language)
    return _page(seat, found, now, status=error.status, wrong=wrong, typed=sent.typed)


def _page(seat: Seat, found: Published, now: Now, *, status: int = 200, **values: object) -> Response:
    given: dict[str, object] = {"wrong": None, "typed": {}, "done": None}
    response: Response = seat.request.app.state.look.page(
        seat.request, "public.html", status=status, now=now, zone=time_zone_of(found.zone_of), found=found,
        kinds=options.mask_kinds(seat), here=seat.to(PUBLIC.format(id=found.number)),
        evidence_at=f"{base(seat.request, INTAKE)}{places.ROOT}/evidence/{found.number}", **(given | values),
    )  # fmt: skip
    return response


# --- blackening ----------------------------------------------------------------------------------------------


@router.get(COVERING)
async def show_picture(
    reference: Reference, evidence_id: UUID, seat: Seated, session: Session, advises: Advises, now: Now
) -> Response:
    found = await public.published(session, reference, seat.client, most_returns=advises.most_returns)
    return _picture(seat, found, _shown(found, evidence_id), now)


@router.post(COVERING)
async def blacken(
    reference: Reference, evidence_id: UUID, sent: AnyForm, session: Session, advises: Advises, now: Now
) -> Response:
    """The squares that are ticked, beside the rectangles that stay."""
    seat = sent.seat
    before = await public.published(session, reference, seat.client, most_returns=advises.most_returns)
    shown = _shown(before, evidence_id)
    do = partial(_review, session, evidence_id=evidence_id, sent=sent, shown=shown)
    error = await attempt(session, sent, reference, now, do)
    if error is None:
        return see(seat.to(PUBLIC.format(id=reference), done="cover"))
    reads.shows(seat.request, before.number)
    ticked = frozenset(_squares(sent))
    wrong = answers.sentence(error, seat.language)
    return _picture(seat, before, shown, now, status=error.status, wrong=wrong, ticked=ticked)


async def _review(
    session: AsyncSession, errand: Errand, *, evidence_id: UUID, sent: Sent, shown: PublicFile
) -> None:  # fmt: skip
    released = {"released": True} if sent.last("released") == "yes" else {}
    change = body_of(EvidenceReviewChange, {"covered": _covered(sent, shown), **released})
    await evidence.review_evidence(session, errand, evidence_id, change)


def _shown(found: Published, evidence_id: UUID) -> PublicFile:
    """A picture of the report. Raises NotFound."""
    for one in found.files:
        if one.file.id == evidence_id and one.file.width and one.file.height:
            return one
    raise NotFound(f"This report has no evidence {evidence_id}.", code="unknown_evidence")


def _covered(sent: Sent, shown: PublicFile) -> list[CoveredArea]:
    """Whoever may only hide more keeps what is blackened, whatever the form says."""
    kept = set(sent.all("kept"))
    stay = [one for number, one in enumerate(shown.file.covered) if str(number) in kept or not shown.may_show]
    return stay + _squares_of(shown).rectangles(_squares(sent))


def _squares_of(shown: PublicFile) -> Squares:
    return Squares(shown.file.width or 1, shown.file.height or 1)


def _squares(sent: Sent) -> list[Square]:
    found = []
    for said in sent.all("square"):
        row, _, column = said.partition("-")
        if all(one.isascii() and one.isdecimal() and len(one) <= 2 for one in (row, column)):
            found.append((int(row), int(column)))
    return found


def _picture(
    seat: Seat, found: Published, shown: PublicFile, now: Now, *, status: int = 200, **values: object
) -> Response:
    given: dict[str, object] = {"wrong": None, "ticked": frozenset()}
    at = f"{base(seat.request, INTAKE)}{places.ROOT}/evidence/{found.number}/{shown.file.id}/clean"
    response: Response = seat.request.app.state.look.page(
        seat.request, "covering.html", status=status, now=now, found=found, shown=shown, file=shown.file,
        squares=_squares_of(shown), picture_at=at,
        here=seat.to(COVERING.format(id=found.number, evidence_id=shown.file.id)), **(given | values),
    )  # fmt: skip
    return response
