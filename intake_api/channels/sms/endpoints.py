"""Where gateways for text messages call. In no document: they are connected as docs/channels/sms.md says."""

import json
from datetime import datetime
from uuid import UUID
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from intake_api.channels.sms import reading, requests
from intake_api.channels.sms.desk import TextDesk
from intake_api.channels.sms.gateways import DELIVERIES, MESSAGES, ROOM, AnswerKind, Gateway, HttpForm
from intake_api.channels.sms.joining import Part
from intake_api.channels.sms.parts import MOST_PARTS
from intake_api.channels.sms.requests import Came, Read
from intake_api.channels.sms.taking import Incoming, short_reference
from intake_api.channels.sms.talking import Telling, worded
from shared.domain.wording import Language
from shared.errors import Forbidden, Invalid, NotFound
from shared.http.web import Now

router = APIRouter(include_in_schema=False)


async def take_text_message(gateway: str, request: Request, now: Now) -> Response:
    """2xx means: it is stored. What cannot be stored now gets 503, so that the gateway tries again."""
    desk: TextDesk = request.app.state.text_desk
    sender, form = _gateway(desk, gateway)
    came = await _came(desk, sender, request)
    requests.check_proof(sender, form, came)
    said = await _taken(desk, sender, requests.read_request(form, came), now)
    return await _answer(desk, sender, form, said)


async def take_delivery_report(gateway: str, request: Request, now: Now) -> Response:
    """Whether a message of ours has arrived."""
    desk: TextDesk = request.app.state.text_desk
    sender, form = _gateway(desk, gateway)
    came = await _came(desk, sender, request)
    sent = came.fields(form)
    try:
        message_id = UUID(sent.get("message", ""))
    except ValueError:
        raise Invalid("The address of a delivery report is as we gave it; this one is another.", pointer="") from None
    if not requests.is_proof(sender, message_id, sent.get("proof", "")):
        detail = "The secret or signature of this gateway is missing or wrong; compare both settings."
        raise Forbidden(detail, code="wrong_gateway_secret")
    if (status := requests.delivery_failed(sent)) is not None:
        await desk.not_delivered(message_id, status, now=now)
    return Response(form.ack, media_type="text/plain")


for _path, _endpoint in ((MESSAGES, take_text_message), (DELIVERIES, take_delivery_report)):
    for _method in ("GET", "POST"):
        router.add_api_route(
            _path, _endpoint, methods=[_method], name=f"{_endpoint.__name__}_by_{_method.lower()}", response_model=None
        )


def _gateway(desk: TextDesk, name: str) -> tuple[Gateway, HttpForm]:
    """Raises NotFound."""
    found = desk.gateways.named(name)
    if found is None or found.reads is None or found.kind == "gammu":
        detail = "There is no such gateway for text messages here; LAPOR_SMS_GATEWAYS_FILE names those that are."
        raise NotFound(detail, code="unknown_gateway")
    return found, found.reads


async def _came(desk: TextDesk, gateway: Gateway, request: Request) -> Came:
    query: bytes = request.scope["query_string"]
    path = request.url.path.partition(ROOM)[2]
    asked = f"?{query.decode('latin-1')}" if query else ""
    address = f"{gateway.address or desk.own_url}{ROOM}{path}{asked}"
    return Came(address, query, await request.body(), request.headers)


async def _taken(desk: TextDesk, gateway: Gateway, read: Read, now: datetime) -> tuple[str, str | None]:
    """The phone, and what it is told."""
    phone = reading.phone_of(read.sender)
    if phone is None:
        desk.messages.ignored()
        return "", None
    reference, received_at = short_reference(read.reference), read.received_at or now
    if read.place is None:
        whole = Incoming(gateway.name, reference, phone, read.words, received_at)
        return phone, await desk.messages.answer(whole, now=now)
    if not read.place.is_possible:
        desk.messages.ignored()
        return phone, worded(Telling.TOO_MANY_PARTS, Language.ID, most=MOST_PARTS) if read.place.seq == 1 else None
    part = Part(gateway.name, reference, phone, read.words, read.place, received_at)
    return phone, await desk.take_part(part, now=now)


async def _answer(desk: TextDesk, gateway: Gateway, form: HttpForm, told: tuple[str, str | None]) -> Response:
    phone, said = told
    match form.answer:
        case AnswerKind.TEXT:
            return Response(said or "", media_type="text/plain; charset=utf-8")
        case AnswerKind.TWIML:
            message = "" if said is None else f"<Message>{escape(said)}</Message>"
            twiml = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
            return Response(twiml, media_type="text/xml")
        case AnswerKind.JSON:
            return Response(json.dumps({"reply": said}), media_type="application/json")
        case AnswerKind.ACK:
            if said is not None:
                await desk.send(gateway.name, phone, said)
            return Response(form.ack, media_type="text/plain")
