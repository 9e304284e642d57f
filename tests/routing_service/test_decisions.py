"""Why a report went, or would go, where, over HTTP."""

from typing import Any

import pytest

from shared.auth import Role
from shared.lifecycle import Status
from tests.factories import a_rule_set, bearer
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, Office

EN = {"Accept-Language": "en"}


async def with_rule(office: Office) -> int:
    """For the roads of Samarinda."""
    async with office.transaction() as session:
        return await a_rule_set(session, ({"category": ["roads"], "region": ["64.72"]}, {"agency": "SAMARINDA-PU"}))


async def test_the_routing_of_a_report_tells_every_decision_and_return(office: Office) -> None:
    await with_rule(office)
    report = await office.report()
    await office.deliver((await office.history(report))[0])
    await office.done(report, "verification", ADMIN)
    await office.done(report, "forwarding", ADMIN)
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-DINKES")
    await office.done(report, "redirection", COORDINATOR, agency="SAMARINDA-PU")
    await office.done(report, "returns", OFFICER, suggested_agency="KALTIM")

    told = await office.get(f"/v1/reports/{report}/routing", COORDINATOR)

    assert [(one["action"], one["agency"], one["automatic"], one["differs"]) for one in told["decisions"]] == [
        ("report.received", "SAMARINDA-PU", True, None),
        ("report.forwarded", "SAMARINDA", False, False),
        ("report.assigned", "SAMARINDA-DINKES", False, True),
        ("report.redirected", "SAMARINDA-PU", False, False),
        ("report.returned", "KALTIM", True, None),
    ]
    reasons = told["decisions"][0]["suggestion"]["candidates"][0]["reasons"]
    assert (reasons[0]["code"], reasons[0]["text"]) == ("rule", "Aturan nomor 1 menyebut instansi ini. Aturan 1.")
    assert [(one["previous_agency"], one["suggested_agency"]) for one in told["returns"]] == [
        ("SAMARINDA-PU", "KALTIM")
    ]
    assert (told["suggestion"]["agency"], told["suggestion"]["clear"]) == ("KALTIM", False)
    assert [doubt["code"] for doubt in told["suggestion"]["doubts"]] == ["returned", "outside_instansi"]


async def test_the_suggestion_follows_what_the_verifier_corrected(office: Office) -> None:
    await with_rule(office)
    report = await office.report(category_code=None)
    before = await office.get(f"/v1/reports/{report}/routing", ADMIN)
    await office.done(report, "verification", ADMIN, category="roads.damage")

    after = await office.get(f"/v1/reports/{report}/routing", ADMIN)

    assert [doubt["code"] for doubt in before["suggestion"]["doubts"]] == ["no_category"]
    assert (after["suggestion"]["agency"], after["suggestion"]["clear"]) == ("SAMARINDA-PU", True)


@pytest.mark.parametrize(
    ("headers", "secret", "status"),
    [
        (driving.SUPERVISOR, True, 200),
        (driving.OTHER_OFFICER, False, 403),
        (driving.OTHER_OFFICER, True, 404),
        (driving.CUSTODIAN, False, 403),
        ({}, False, 401),
    ],
)
async def test_the_routing_is_told_to_those_who_work_on_the_report(
    office: Office, headers: Any, secret: bool, status: int
) -> None:
    report = await office.made(Status.ASSIGNED, secret=secret)

    response = await office.http.get(f"/v1/reports/{report}/routing", headers=headers)

    assert response.status_code == status


async def test_a_preview_says_where_a_text_would_go_and_stores_nothing(office: Office) -> None:
    await with_rule(office)
    body = {
        "classification": "complaint", "title": "Lubang", "body": "Di depan pasar.", "category": "roads.damage",
        "location": {"text": "Jalan besar", "latitude": -0.5, "longitude": 117.1, "region_code": "64.72.01"},
    }  # fmt: skip
    before = await office.scalar("SELECT count(*) FROM routing_decisions")

    response = await office.http.post("/v1/routing/preview", json=body, headers=bearer(Role.REPORTER_APP))

    assert response.status_code == 200, response.text
    assert (response.json()["agency"], response.json()["doubts"]) == ("SAMARINDA-PU", [])
    assert await office.scalar("SELECT count(*) FROM routing_decisions") == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"category": "nothing"}, "/category", "unknown_category"),
        ({"agency": "NOWHERE"}, "/agency", "unknown_agency"),
        ({"location": {"region_code": "99.99"}}, "/location/region_code", "unknown_region"),
        ({"location": {"latitude": 52.5}}, "/location/latitude", "invalid"),
        ({"colour": "red"}, "/colour", "invalid"),
        ({"body": "a\x00b"}, "/body", "invalid"),
        ({"body": "x" * 20_001}, "/body", "invalid"),
    ],
)
async def test_a_preview_refuses_what_is_not_known(office: Office, body: Any, pointer: str, code: str) -> None:
    response = await office.http.post("/v1/routing/preview", json=body, headers=ADMIN)

    assert (response.status_code, response.json()["code"]) == (422, code), response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
