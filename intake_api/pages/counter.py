"""The form manual: an officer types in what somebody brings to the counter, by letter, by telephone or by message."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.pages import queries
from intake_api.slips import page as slip_page
from intake_api.slips import service as slips
from intake_api.slips.service import SlipRequest
from intake_api.submissions.schemas import ReportSubmission
from shared import ids
from shared.clients import OFFICERS
from shared.database import Session
from shared.domain.codes import CHANNELS, CLASSIFICATIONS, Channel
from shared.domain.regions import TIME_ZONES, national_day
from shared.domain.wording import Language, say
from shared.errors import Conflict, DomainError, Invalid
from shared.http import field_errors, idempotency
from shared.http.web import Now
from shared.pages import answers, places
from shared.pages.look import see
from shared.pages.seat import AnyForm, Seat, Seated, SentForm
from shared.settings import IntakeSettings

COUNTER, SLIP = f"{places.ROOT}/counter", f"{places.ROOT}/counter/{{tracking_number}}/slip"

router = APIRouter(include_in_schema=False)

#: What the citizen gives of themselves; a field that is left empty is not said.
_CONTACT = ("name", "phone", "email", "national_id")
_WORDS = ("classification", "title", "body", "occurred_on", "category", "channel", "external_reference")


@router.get(COUNTER)
async def show_form(seat: Seated, session: Session, now: Now) -> Response:
    seat.allow(*OFFICERS)
    done = seat.request.query_params.get("number", "")
    number = done if ids.is_tracking_number(done) else None
    return await _page(seat, session, now, number=number)


@router.post(COUNTER)
async def type_in(sent: AnyForm, session: Session, now: Now) -> Response:
    """The report through the same door as any other: `once` makes a second click answer the first one's number."""
    seat = sent.seat
    seat.allow(*OFFICERS)
    try:
        sent.check()
        zone = await _zone(seat, session)
        submission = _submission(sent.typed, zone)
        receipt = await seat.request.app.state.submissions.submit(
            submission, client=seat.client, key=sent.last("once") or None, now=now
        )
    except DomainError as error:
        typed = dict(sent.typed)
        if error.code == idempotency.REUSED:  # the page of before, by the button of the browser: with other words
            error = FormSentBefore(error.tracking_number)
            typed.pop("once", None)
        wrong = answers.sentence(error, seat.language)
        field = error.pointer.rpartition("/")[2] if isinstance(error, Invalid) else None
        shown = {"wrong": wrong, "field": _FIELD_OF.get(field or "", field), "typed": typed}
        return await _page(seat, session, now, status=error.status, **shown)
    seat.request.app.state.wake()
    return see(seat.to(COUNTER, number=receipt.tracking_number))


@router.post(SLIP)
async def print_slip(tracking_number: str, sent: SentForm, session: Session, now: Now) -> Response:
    """The sheet for the citizen, to be printed: once, as the log says."""
    settings: IntakeSettings = sent.seat.request.app.state.settings
    asked = SlipRequest(tracking_number, sent.seat.client, [ids.new_access_code()])
    _, _, slip = await slips.make_slip(session, asked, now=now)
    html = slip_page.html(slip, f"{settings.own_url}/r/{tracking_number}")
    headers = {"Content-Security-Policy": slip_page.POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)


class FormSentBefore(Conflict):
    """What was typed is another report, or the same one put right: whoever typed it says so by sending it again."""

    code = "form_sent_before"

    def __init__(self, number: str | None) -> None:
        super().__init__(
            f"This form was sent before and became report {number}. If this is another report, send it once more."
        )


def _submission(typed: Mapping[str, str], zone: str) -> ReportSubmission:
    """Raises Invalid."""
    values: dict[str, Any] = {name: typed[name] for name in _WORDS if typed.get(name, "").strip()}
    values |= {name: True for name in ("anonymous", "secret") if typed.get(name) == "yes"}
    if typed.get("received_on", "").strip():
        values["received_at"] = _instant(typed["received_on"], zone)
    place = {name: typed[field] for name, field in _PLACE if typed.get(field, "").strip()}
    contact = {name: typed[name] for name in _CONTACT if typed.get(name, "").strip()}
    values |= ({"location": place} if place else {}) | ({"reporter": contact} if contact else {})
    try:
        return ReportSubmission.model_validate_json(json.dumps(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = _FIELD_OF.get(name := str(first["loc"][-1]), name) if first["loc"] else ""
        sentence = field_errors.told({**first, "loc": ("body", *first["loc"])}, ReportSubmission)["message"]
        raise Invalid(sentence, pointer=f"/{field}") from None


_PLACE = (("text", "place"), ("region_code", "region"))
#: How this form calls what a submission calls otherwise.
_FIELD_OF = {"text": "place", "region_code": "region", "received_at": "received_on"}


def _instant(said: str, zone: str) -> str:
    """As a field of date and time says it, where the officer sits. Raises Invalid."""
    try:
        return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except ValueError:
        raise Invalid("Write a day and a time, such as 2026-03-31T09:30.", pointer="/received_on") from None


async def _zone(seat: Seat, session: AsyncSession) -> str:
    found = await queries.zone_of_agency(session, seat.client.agency)
    return found if found in TIME_ZONES else TIME_ZONES[0]


async def _page(seat: Seat, session: AsyncSession, now: datetime, *, status: int = 200, **values: object) -> Response:
    language = seat.language
    given: dict[str, object] = {"wrong": None, "field": None, "typed": {}, "number": None}
    response: Response = seat.request.app.state.look.page(
        seat.request, "counter.html", status=status, now=now, zone=await _zone(seat, session),
        once=ids.new_access_code(), channels=_labelled(CHANNELS, language, first=Channel.COUNTER),
        classes=_labelled(CLASSIFICATIONS, language, first="complaint"),
        categories=await queries.categories(session, national_day(now), language),
        districts=await queries.districts_around(session, seat.client.agency), **(given | values),
    )  # fmt: skip
    return response


def _labelled(labels: Mapping[Any, Any], language: Language, *, first: str) -> list[tuple[str, str]]:
    """`first`: the usual one."""
    found = [(str(code), say(label, language)) for code, label in labels.items()]
    return sorted(found, key=lambda one: one[0] != first)
