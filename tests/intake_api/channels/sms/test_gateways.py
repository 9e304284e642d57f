"""Gateways over HTTP: whose request is taken, what is read of it, how it is answered, and how we send."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from intake_api.channels.sms.desk import TextDesk
from intake_api.channels.sms.gateways import Gateways
from intake_api.channels.sms.requests import proof_of
from intake_api.channels.sms.sending import HttpSender
from shared import ids
from shared.database import Sessions
from shared.mail import Absent, Refused
from shared.schema import Report
from tests.factories import NOON
from tests.intake_api.channels.sms.test_taking import HOLE, RECEIVED, numbers
from tests.intake_api.helpers import Clock, code_of

SECRET = "a secret of a gateway, long enough"
SEND = {"url": "http://gateway.example/send", "user": "lapor", "password": "send-password"}
GATEWAYS = {
    "gateways": [
        {"name": "kannel", "kind": "kannel", "secret": SECRET, "number": "1708", "send": SEND},
        {"name": "twilio", "kind": "twilio", "secret": SECRET, "address": "https://lapor.example/intake"},
        {"name": "jasmin", "kind": "jasmin", "secret": SECRET, "send": SEND},
        {
            "name": "signed", "kind": "http", "secret": SECRET,
            "form": {
                "fields": {"sender": "msisdn", "words": "text", "reference": "msgid", "number": "ref", "total": "of",
                           "seq": "part"},
                "proof": "hmac_sha256", "proof_header": "X-Hub-Signature-256", "body": "json",
            },
        },
    ]
}  # fmt: skip


@pytest.fixture
async def sent(app: FastAPI, tmp_path: Path) -> AsyncIterator[list[httpx.Request]]:
    """What goes out by the gateways of a file that the service has for this test; `fails` in a text: it is refused."""
    file, before, requests = tmp_path / "gateways.json", app.state.text_desk, list[httpx.Request]()
    file.write_text(json.dumps(GATEWAYS))

    def take(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(503 if "away" in str(request.url) else 202, text="0: Accepted for delivery")

    made = TextDesk.of(before.messages, Gateways.of(file))
    client = httpx.AsyncClient(transport=httpx.MockTransport(take))
    senders = {name: replace(one, client=client) for name, one in made.senders.items() if isinstance(one, HttpSender)}
    app.state.text_desk = replace(made, senders=senders)
    yield requests
    app.state.text_desk = before
    await made.close()


BASIC = {"Authorization": "Basic " + base64.b64encode(f"kannel:{SECRET}".encode()).decode()}


def of_kannel(phone: str, words: str = HOLE, **more: str) -> str:
    return "/channels/sms/kannel?" + urlencode({"from": phone, "id": uuid4().hex, "text": words, **more})


@pytest.mark.usefixtures("sent")
async def test_kannel_brings_a_message_and_gets_the_answer_in_the_response(
    client: httpx.AsyncClient, committed: Sessions, phone: str
) -> None:
    at = NOON - timedelta(minutes=3)

    answer = await client.get(of_kannel(phone, at=str(int(at.timestamp()))), headers=BASIC)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    found = RECEIVED.match(answer.text)
    assert found is not None
    async with committed() as session:
        report = (await session.scalars(select(Report).where(Report.tracking_number == found[1]))).one()
    assert report.received_at == at


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": "Basic " + base64.b64encode(b"kannel:wrong").decode()}, {"Authorization": "Basic %%%"},
        {"Authorization": f"Bearer {SECRET}"},
    ],
)  # fmt: skip
@pytest.mark.usefixtures("sent")
async def test_a_stranger_brings_nothing(
    client: httpx.AsyncClient, committed: Sessions, phone: str, headers: dict[str, str]
) -> None:
    assert code_of(await client.get(of_kannel(phone), headers=headers)) == (403, "wrong_gateway_secret")
    assert await numbers(committed, phone) == []


async def test_a_gateway_that_is_not_set_up_is_not_there(client: httpx.AsyncClient, phone: str) -> None:
    assert code_of(await client.get(of_kannel(phone), headers=BASIC)) == (404, "unknown_gateway")


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("مياه الشرب مقطوعة 🚧".encode("utf-16-be"), {"coding": "2", "charset": "UTF-16BE"}),
        ("مياه الشرب مقطوعة 🚧".encode(), {"coding": "2", "charset": "UTF-8"}),
        ("مياه الشرب مقطوعة 🚧".encode(), {}),
    ],
)
@pytest.mark.usefixtures("sent")
async def test_words_of_any_alphabet_come_as_they_were_written(
    client: httpx.AsyncClient, committed: Sessions, phone: str, words: bytes, more: dict[str, str]
) -> None:
    path = f"/channels/sms/kannel?from={quote(phone)}&id={uuid4().hex}&text={quote(words)}&" + urlencode(more)

    await client.get(path, headers=BASIC)

    (number,) = await numbers(committed, phone)
    async with committed() as session:
        body = select(Report.body).where(Report.tracking_number == number)
        assert (await session.scalars(body)).one() == "مياه الشرب مقطوعة 🚧"


@pytest.mark.usefixtures("sent")
async def test_parts_with_a_header_are_one_report_and_an_advertiser_has_none(
    client: httpx.AsyncClient, committed: Sessions, phone: str
) -> None:
    header = {seq: bytes((5, 0, 3, 77, 2, seq)) for seq in (1, 2)}
    said = [
        (await client.get(of_kannel(phone, words) + f"&udh={quote(header[seq])}", headers=BASIC)).text
        for seq, words in ((2, "di Jl. Anggur"), (1, "Jalan rusak "))
    ]
    advertised = await client.get(of_kannel("PROMO"), headers=BASIC)

    assert said[0] == ""
    assert RECEIVED.match(said[1])
    assert len(await numbers(committed, phone)) == 1
    assert (advertised.status_code, advertised.text) == (200, "")


def of_twilio(phone: str, words: str = HOLE, reference: str = "") -> dict[str, str]:
    return {"From": phone, "Body": words, "MessageSid": reference or f"SM{uuid4().hex}", "To": "+6217080000"}


def signed(fields: dict[str, str], path: str = "/channels/sms/twilio") -> dict[str, str]:
    """As Twilio's documentation says it."""
    text = f"https://lapor.example/intake{path}" + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


@pytest.mark.usefixtures("sent")
async def test_twilio_is_answered_in_twiml_and_a_replay_adds_nothing(
    client: httpx.AsyncClient, committed: Sessions, phone: str
) -> None:
    fields = of_twilio(phone, "LAPOR jalan <b>rusak</b> & gelap di Pasar Pagi")
    answers = [await client.post("/channels/sms/twilio", data=fields, headers=signed(fields)) for _ in range(2)]

    assert {one.headers["content-type"] for one in answers} == {"text/xml; charset=utf-8"}
    assert answers[0].text == answers[1].text
    assert answers[0].text.startswith('<?xml version="1.0" encoding="UTF-8"?><Response><Message>Laporan diterima.')
    assert len(await numbers(committed, phone)) == 1


@pytest.mark.usefixtures("sent")
async def test_a_byte_that_differs_from_its_signature_is_refused(
    client: httpx.AsyncClient, committed: Sessions, phone: str
) -> None:
    fields = of_twilio(phone)
    other = fields | {"Body": HOLE[:-1] + "x"}
    body = json.dumps({"msisdn": phone, "text": HOLE, "msgid": uuid4().hex}).encode()
    signature = {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}

    refused = [
        await client.post("/channels/sms/twilio", data=other, headers=signed(fields)),
        await client.post("/channels/sms/twilio", data=fields),
        await client.post("/channels/sms/twilio?x=1", data=fields, headers=signed(fields)),
        await client.post("/channels/sms/signed", content=body.replace(b"P", b"p", 1), headers=signature),
        await client.post("/channels/sms/signed", content=b"", headers=signature),
    ]

    assert {code_of(one) for one in refused} == {(403, "wrong_gateway_secret")}
    assert await numbers(committed, phone) == []
    taken = await client.post("/channels/sms/signed", content=body, headers=signature)
    again = await client.post("/channels/sms/signed?ref=7&of=2&part=1", content=body, headers=signature)
    assert RECEIVED.match(taken.json()["reply"])
    assert again.json() == taken.json(), "what is not signed makes no part of it"


@pytest.mark.usefixtures("sent")
async def test_what_cannot_be_read_is_refused_in_a_sentence(client: httpx.AsyncClient, phone: str) -> None:
    def proven(body: bytes) -> dict[str, str]:
        return {"X-Hub-Signature-256": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}

    def given(**fields: object) -> bytes:
        return json.dumps({"msisdn": phone, "text": HOLE, "msgid": uuid4().hex} | fields).encode()

    for body in (b"[", b"[1]", b"[" * 5_000, given(msgid=""), given(part="three")):
        answer = await client.post("/channels/sms/signed", content=body, headers=proven(body))
        assert answer.status_code in (400, 422), answer.text
    many = given(ref=1, of=10**9, part=1)
    answer = await client.post("/channels/sms/signed", content=many, headers=proven(many))
    assert answer.json()["reply"].startswith("Pesan Anda terlalu panjang.")


async def test_jasmin_gets_its_acknowledgement_once_our_answer_is_out(
    client: httpx.AsyncClient, committed: Sessions, phone: str, sent: list[httpx.Request], app: FastAPI
) -> None:
    fields = {
        "id": uuid4().hex, "from": phone.removeprefix("+"), "content": "?", "coding": "8", "key": SECRET,
        "binary": f"{HOLE} 🚧".encode("utf-16-be").hex(),
    }  # fmt: skip

    answer = await client.post("/channels/sms/jasmin", data=fields)

    assert (answer.status_code, answer.text) == (200, "ACK/Jasmin")
    (out,) = sent
    asked = {name: one[0] for name, one in parse_qs(out.url.query.decode()).items()}
    assert asked["to"] == phone
    assert RECEIVED.match(asked["content"])
    assert (asked["username"], asked["password"]) == ("lapor", "send-password")


async def test_news_goes_out_by_kannel_and_what_did_not_arrive_is_told_as_that(
    client: httpx.AsyncClient, app: FastAPI, committed: Sessions, sent: list[httpx.Request], phone: str, now: Clock
) -> None:
    desk: TextDesk = app.state.text_desk
    message_id = ids.new_id()

    await desk.senders["kannel"].send(message_id, phone, "Ada kabar 🚧")

    (out,) = sent
    asked = {name: one[0] for name, one in parse_qs(out.url.query.decode()).items()}
    assert (asked["to"], asked["from"], asked["text"], asked["coding"]) == (phone, "1708", "Ada kabar 🚧", "2")
    report = httpx.URL(asked["dlr-url"].replace("%d", "2"))
    assert report.path == "/channels/sms/kannel/delivery"
    assert (await client.get(report.raw_path.decode())).status_code == 200
    forged = f"{report.path}?message={message_id}&proof={'0' * 32}&status=2"
    assert code_of(await client.get(forged)) == (403, "wrong_gateway_secret")
    other = f"{report.path}?message={message_id}&proof={proof_of('another secret', message_id)}&status=2"
    assert code_of(await client.get(other)) == (403, "wrong_gateway_secret")
    assert (await client.get(f"{report.path}?message=x")).status_code == 422


@pytest.mark.parametrize(
    ("status", "error", "for_good"),
    [(401, Absent, None), (429, Absent, None), (503, Absent, None), (400, Refused, True), (404, Refused, True)],
)
async def test_a_gateway_that_is_away_costs_no_attempt_and_one_that_refuses_does(
    app: FastAPI, sent: list[httpx.Request], status: int, error: type[Exception], for_good: bool | None
) -> None:
    given = app.state.text_desk.senders["kannel"]
    transport = httpx.MockTransport(lambda request: httpx.Response(status))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(error) as raised:
            await replace(given, client=client).send(ids.new_id(), "+6281200000000", "x")

    assert getattr(raised.value, "for_good", None) is for_good


@pytest.mark.parametrize(
    ("gateways", "said"),
    [
        ([{"name": "k", "kind": "kannel", "secret": "short"}], "at least 16"),
        ([{"name": "k", "kind": "http", "secret": SECRET}], "needs its form"),
        ([{"name": "k", "kind": "jasmin", "secret": SECRET}], "how they go out"),
        ([{"name": "k", "kind": "gammu"}], "needs its database"),
        ([{"name": "k", "kind": "kannel", "secret": SECRET}] * 2, "one name"),
        ([{"name": "K!", "kind": "kannel", "secret": SECRET}], "name"),
    ],
)
def test_a_file_that_is_wrong_says_where_and_tells_no_secret(
    tmp_path: Path, gateways: list[dict[str, str]], said: str
) -> None:
    file = tmp_path / "gateways.json"
    file.write_text(json.dumps({"gateways": gateways}))

    with pytest.raises(ValueError, match=said) as raised:
        Gateways.of(file)

    assert SECRET not in str(raised.value)
