"""What makes no sense is refused with a problem that says so, and nothing of it is stored."""

from typing import Any

import pytest

from routing_service.app import create_app
from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.settings import RoutingSettings
from tests.factories import FOREIGN, SIGNER, settings
from tests.routing_service.conftest import calling
from tests.routing_service.driving import ADMIN, BODIES, OPERATOR, SERVICE, Office

LONG = "x" * 20_001

#: (action, body, where it is wrong)
WRONG: list[tuple[str, Any, str]] = [
    ("verification", {"title": "x" * 201}, "/title"),
    ("verification", {"title": "  "}, "/title"),
    ("verification", {"title": "a\x00b"}, "/title"),
    ("verification", {"classification": "praise"}, "/classification"),
    ("verification", {"secret": "yes"}, "/secret"),
    ("verification", {"anonymous": 1}, "/anonymous"),
    ("verification", {"category": "no such category"}, "/category"),
    ("verification", {"category": "nothing"}, "/category"),
    ("verification", {"occurred_at": "yesterday"}, "/occurred_at"),
    ("verification", {"occurred_at": "2026-03-01T00:00:00"}, "/occurred_at"),
    ("verification", {"colour": "red"}, "/colour"),
    ("verification", [], "/"),
    ("forwarding", {}, "/agency"),
    ("forwarding", {"agency": None}, "/agency"),
    ("forwarding", {"agency": "x" * 65}, "/agency"),
    ("disposition", {"agency": "SAMARINDA-PU", "note": ""}, "/note"),
    ("redirection", {"agency": {"code": "X"}}, "/agency"),
    ("returns", {}, "/reason"),
    ("returns", {"reason": "tired"}, "/reason"),
    ("hold", {"question": LONG}, "/question"),
    ("hold", {}, "/question"),
    ("resumption", {"why": "x"}, "/why"),
    ("archive", {"reason": "boring"}, "/reason"),
    ("responses", {"body": "x"}, "/final"),
    ("responses", {"body": "x", "final": "true"}, "/final"),
    ("responses", {"body": "\x00", "final": True}, "/body"),
    ("answer", {"body": 7}, "/body"),
    ("notes", {"body": LONG}, "/body"),
    ("identity", {"reason": "x"}, "/reason"),
]


@pytest.mark.parametrize(("action", "body", "pointer"), WRONG)
async def test_a_wrong_field_is_named(office: Office, action: str, body: Any, pointer: str) -> None:
    report = office.reports[Status.RECEIVED]

    response = await office.http.post(f"/v1/reports/{report}/{action}", json=body, headers=ADMIN)

    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert await office.types(report) == ["report.received"]


@pytest.mark.parametrize("action", [*BODIES, "identity"])
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"{", 400, "malformed_json"), (b'{"a": "' + b"x" * 2**20 + b'"}', 413, "body_too_large")],
    ids=["broken", "too large"],
)
async def test_what_is_no_json_or_too_much_of_it_is_refused(
    office: Office, action: str, content: bytes, status: int, code: str
) -> None:
    report = office.reports[Status.ASSIGNED]
    headers = ADMIN | {"Content-Type": "application/json"}

    response = await office.http.post(f"/v1/reports/{report}/{action}", content=content, headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("minted", "code"),
    [
        (FOREIGN.mint(Role.NATIONAL_ADMIN, sub="a"), "invalid_token"),
        (SIGNER.mint(Role.NATIONAL_ADMIN, sub="a", iss="elsewhere"), "invalid_token"),
        (SIGNER.mint(Role.COORDINATOR, sub="a"), "invalid_token"),
        (SIGNER.mint(Role.NATIONAL_ADMIN, sub="a", seconds=-1), "token_expired"),
    ],
    ids=["foreign key", "foreign issuer", "no agency", "expired"],
)
async def test_a_foreign_or_expired_token_opens_nothing(office: Office, minted: str, code: str) -> None:
    response = await office.http.get("/v1/reports", headers={"Authorization": f"Bearer {minted}"})

    assert (response.status_code, response.json()["code"]) == (401, code)


@pytest.mark.parametrize(
    "batch",
    [
        [],
        {},
        [{"id": "x"}],
        [{"specversion": "2.0"}],
        [{"data": {"report_id": "00000000-0000-0000-0000-000000000000", "seq": 0}}],
        [{"data": {"report_id": "00000000-0000-0000-0000-000000000000", "seq": 2**31}}],
    ],
)
async def test_a_batch_that_is_none_is_refused(office: Office, batch: Any) -> None:
    whole = {
        "id": "00000000-0000-0000-0000-000000000000", "source": "s", "type": "t", "subject": "s",
        "time": "2026-01-01T00:00:00Z", "data": {"report_id": "00000000-0000-0000-0000-000000000000", "seq": 1},
    }  # fmt: skip
    events = [whole | event for event in batch] if isinstance(batch, list) else batch

    response = await office.http.post("/internal/events", json=events, headers=SERVICE)

    assert response.status_code == 422, response.text


async def test_a_database_that_is_away_is_said_so(office: Office) -> None:
    app = create_app(settings("postgresql://nobody@127.0.0.1:1/nothing", RoutingSettings))
    report = office.reports[Status.ASSIGNED]

    async with calling(app) as http:
        answers = [
            await http.get("/v1/reports", headers=ADMIN),
            await http.get(f"/v1/reports/{report}", headers=ADMIN),
            await http.post(f"/v1/reports/{report}/verification", headers=ADMIN),
            await http.get("/v1/events", headers=ADMIN),
            await http.post("/v1/agencies", json={"code": "X", "name": "X", "kind": "dinas"}, headers=OPERATOR),
            await http.post(
                "/internal/events",
                json=[
                    {
                        "id": str(report), "source": "s", "type": "reporter.replied", "subject": "s",
                        "time": "2026-01-01T00:00:00Z", "data": {"report_id": str(report), "seq": 1},
                    }
                ],
                headers=SERVICE,
            ),
        ]  # fmt: skip

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "database_unavailable")}
    assert all(answer.headers["Retry-After"] for answer in answers)
