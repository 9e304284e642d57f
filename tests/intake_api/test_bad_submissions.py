"""Bad input: a problem document with a stable code and the right status, and nothing half written."""

import json
from typing import Any

import httpx
import pytest

from intake_api.app import create_app
from shared.clients import Role
from shared.database import Sessions
from shared.settings import IntakeSettings
from tests.factories import FOREIGN, SIGNER, settings
from tests.intake_api.helpers import ADMIN, APP, Clock, a_submission, code_of, counts, key

FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "no classification": ({"classification": None}, "/classification"),
    "an unknown classification": ({"classification": "rumour"}, "/classification"),
    "no title": ({"title": None}, "/title"),
    "an empty title": ({"title": ""}, "/title"),
    "a blank title": ({"title": "   "}, "/title"),
    "a title of 201 characters": ({"title": "a" * 201}, "/title"),
    "a title with NUL": ({"title": "a\x00b"}, "/title"),
    "a number for a title": ({"title": 5}, "/title"),
    "no body": ({"body": None}, "/body"),
    "a body of 20,001 characters": ({"body": "a" * 20_001}, "/body"),
    "a body with NUL": ({"body": "\x00"}, "/body"),
    "a date that is none": ({"occurred_on": "2026-02-30"}, "/occurred_on"),
    "a number for a date": ({"occurred_on": 20260101}, "/occurred_on"),
    "text for a location": ({"location": "here"}, "/location"),
    "north of Indonesia": ({"location": {"latitude": 6.51, "longitude": 117.0}}, "/location/latitude"),
    "south of Indonesia": ({"location": {"latitude": -11.51, "longitude": 117.0}}, "/location/latitude"),
    "west of Indonesia": ({"location": {"latitude": 0.0, "longitude": 94.4}}, "/location/longitude"),
    "east of Indonesia": ({"location": {"latitude": 0.0, "longitude": 141.6}}, "/location/longitude"),
    "text for a latitude": ({"location": {"latitude": "0.5", "longitude": 117.0}}, "/location/latitude"),
    "half a coordinate": ({"location": {"latitude": 0.5}}, "/location"),
    "a region that is no code": ({"location": {"region_code": "Samarinda"}}, "/location/region_code"),
    "an unknown field of the location": ({"location": {"city": "Samarinda"}}, "/location/city"),
    "a category that is no code": ({"category": "jalan rusak"}, "/category"),
    "text for a boolean": ({"secret": "yes"}, "/secret"),
    "a number for a boolean": ({"anonymous": 1}, "/anonymous"),
    "an unknown channel": ({"channel": "telex"}, "/channel"),
    "a time without a zone": ({"received_at": "2026-03-01T10:00:00"}, "/received_at"),
    "a time beyond all calendars": ({"received_at": "99999-01-01T00:00:00Z"}, "/received_at"),
    "an external reference too long": ({"external_reference": "x" * 129}, "/external_reference"),
    "a reporter reference with a slash": ({"reporter_reference": "a/b"}, "/reporter_reference"),
    "a NIK of 15 digits": ({"reporter": {"national_id": "647201410790001"}}, "/reporter/national_id"),
    "a NIK of no region": ({"reporter": {"national_id": "0072014107900001"}}, "/reporter/national_id"),
    "a phone of letters": ({"reporter": {"phone": "nol delapan"}}, "/reporter/phone"),
    "a title that nobody sees": ({"title": "\u200b\u2060"}, "/title"),
    "a body of blanks": ({"body": "\u3164 \u2800"}, "/body"),
    "a name that nobody sees": ({"reporter": {"name": "\u200b"}}, "/reporter/name"),
    "an e-mail without a domain": ({"reporter": {"email": "siti@"}}, "/reporter/email"),
    "an unknown field": ({"priority": "high"}, "/priority"),
}

RULES: dict[str, tuple[dict[str, str], dict[str, Any], str, str]] = {
    "an unknown region": (APP, {"location": {"region_code": "99.99"}}, "unknown_region", "/location/region_code"),
    "an unknown category": (APP, {"category": "dragons"}, "unknown_category", "/category"),
    "an unknown agency": (APP, {"agency": "NOBODY"}, "unknown_agency", "/agency"),
    "an app that says when": (APP, {"received_at": "2026-03-01T00:00:00Z"}, "received_at_not_allowed", "/received_at"),
    "an app that says who entered it": (APP, {"entered_by": "me"}, "entered_by_not_allowed", "/entered_by"),
    "an officer with an app's account": (
        ADMIN, {"reporter_reference": "a"}, "reporter_reference_not_allowed", "/reporter_reference",
    ),
    "the last day of all": (ADMIN, {"received_at": "9999-12-31T23:59:59-12:00"}, "received_in_future", "/received_at"),
    "the first day of all": (ADMIN, {"received_at": "0001-01-01T00:00:00+14:00"}, "too_early", "/received_at"),
    "tomorrow": (APP, {"occurred_on": "2026-03-04"}, "occurred_in_future", "/occurred_on"),
    "the last day of all for an event": (APP, {"occurred_on": "9999-12-31"}, "occurred_in_future", "/occurred_on"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS)
async def test_a_field_that_is_wrong_is_named(client: httpx.AsyncClient, committed: Sessions, case: str) -> None:
    changes, pointer = FIELDS[case]
    before = await counts(committed)

    answer = await client.post("/v1/reports", json=a_submission(**changes), headers=APP | key())

    assert code_of(answer) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await counts(committed) == before


@pytest.mark.parametrize("case", RULES)
async def test_a_rule_that_is_broken_has_a_code_of_its_own(
    client: httpx.AsyncClient, committed: Sessions, case: str
) -> None:
    headers, changes, code, pointer = RULES[case]
    before = await counts(committed)

    answer = await client.post(
        "/v1/reports", json=a_submission(**changes, reporter={"name": "Siti"}), headers=headers | key()
    )

    assert code_of(answer) == (422, code)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await counts(committed) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "a" * 200},
        {"title": "a"},
        {"body": "a" * 20_000},
        {"location": {"latitude": 6.5, "longitude": 94.5}},
        {"location": {"latitude": -11.5, "longitude": 141.5}},
        {"location": {"latitude": 0, "longitude": 117}},
        {"title": "\U0001f6a7 Jalan \u2028 rusak"},
        {"external_reference": "x" * 127 + "é"},
    ],
)
async def test_what_is_just_within_the_limits_is_accepted(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    answer = await client.post("/v1/reports", json=a_submission(**changes), headers=APP)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"title": }',
        b'{"title": "\\ud800"}',
        b'{"title": "\xff\xfe"}',
        b"[" * 5000,
        b'{"title": "a\x00"}',
    ],
)
async def test_what_is_not_json_is_refused_as_such(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/v1/reports", content=content, headers=APP)

    assert code_of(answer) == (400, "malformed_json")


@pytest.mark.parametrize("content", [b"[]", b"null", b'"text"', b"5"])
async def test_json_that_is_no_object_is_invalid(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/v1/reports", content=content, headers=APP)

    assert code_of(answer) == (422, "invalid")


async def test_a_mebibyte_is_read_and_a_byte_more_is_not(client: httpx.AsyncClient) -> None:
    content = json.dumps(a_submission()).encode()
    largest = content + b" " * (1024 * 1024 - len(content))

    async def in_pieces() -> Any:
        yield largest
        yield b" "

    accepted = await client.post("/v1/reports", content=largest, headers=APP)
    refused = await client.post("/v1/reports", content=largest + b" ", headers=APP)
    counted = await client.post("/v1/reports", content=in_pieces(), headers=APP)

    assert accepted.status_code == 201
    assert code_of(refused) == code_of(counted) == (413, "body_too_large")


async def test_an_expired_and_a_foreign_token_are_refused(client: httpx.AsyncClient) -> None:
    expired = SIGNER.mint(Role.REPORTER_APP, sub="mobile-app", seconds=-1)
    foreign = FOREIGN.mint(Role.REPORTER_APP, sub="mobile-app")

    answers = [
        await client.post("/v1/reports", json=a_submission(), headers={"Authorization": f"Bearer {token}"})
        for token in (expired, foreign)
    ]

    assert [code_of(answer) for answer in answers] == [(401, "token_expired"), (401, "invalid_token")]
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


async def test_the_token_is_checked_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/reports", content=b"{")

    assert code_of(answer) == (401, "unauthenticated")


@pytest.mark.parametrize("bad", ["", "a b", "k" * 256])
async def test_a_bad_idempotency_key_is_named(client: httpx.AsyncClient, bad: str) -> None:
    answer = await client.post("/v1/reports", json=a_submission(), headers=APP | {"Idempotency-Key": bad})

    assert code_of(answer) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["header/Idempotency-Key"]


async def test_what_was_sent_is_not_repeated_in_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/reports", json=a_submission(title="", body="Rahasia saya", reporter={"phone": "0812-rahasia"}), headers=APP
    )

    assert "ahasia" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_database_that_is_away_answers_503(now: Clock, method: str) -> None:
    json_of = {"POST": a_submission()}
    app = create_app(settings("postgresql://nobody@127.0.0.1:1/nothing", IntakeSettings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        answers = [
            await client.request(method, "/v1/reports", json=json_of.get(method), headers=headers)
            for headers in (APP, APP | key())
        ]

    assert {code_of(answer) for answer in answers} == {(503, "database_unavailable")}
    assert {answer.headers["retry-after"] for answer in answers} == {"2"}
