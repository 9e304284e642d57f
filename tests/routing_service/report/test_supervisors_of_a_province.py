"""A supervisor with an agency sees what lies in its region, and of that nothing secret."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.domain.lifecycle import Level, Status
from shared.schema import Agency, Report
from tests.factories import bearer
from tests.routing_service.driving import COORDINATOR, OPERATOR, SUPERVISOR, Office

PROVINCE = bearer(Role.SUPERVISOR, sub="kaltim", agency="KALTIM")
GRANTED = bearer(Role.SUPERVISOR, sub="kaltim-2", agency="KALTIM", scopes=("reports:secret",))
CITY = bearer(Role.SUPERVISOR, sub="balikpapan", agency="BALIKPAPAN")
NOWHERE = bearer(Role.SUPERVISOR, sub="nowhere", agency="NOBODY")


async def listed(office: Office, headers: Any, **params: Any) -> set[str]:
    return {one["id"] for one in (await office.get("/v1/reports", headers, limit=200, **params))["items"]}


async def test_they_see_the_instansi_of_their_region_and_no_more(office: Office, session: AsyncSession) -> None:
    await session.execute(update(Agency).where(Agency.code == "KALTIM-DISDIK").values(region_code="64.72"))
    held = {
        agency: await office.report(status=Status.ASSIGNED, holder_level=Level.AGENCY, holder_agency_code=agency)
        for agency in ("SAMARINDA-PU-JALAN", "BALIKPAPAN-PU", "KALTIM-DISDIK")
    }
    national = await office.report(status=Status.VERIFIED)

    province, city, nowhere = [await listed(office, one) for one in (PROVINCE, CITY, NOWHERE)]

    assert {str(one) for one in held.values()} <= province
    assert str(national) not in province
    assert {str(one) for one in held.values()} & city == {str(held["BALIKPAPAN-PU"])}
    assert nowhere == set()
    assert str(national) in await listed(office, SUPERVISOR, status="verified")


async def test_what_is_secret_is_not_there_unless_it_is_granted(office: Office, session: AsyncSession) -> None:
    report = office.reports[Status.ASSIGNED]
    seen = {}
    for secret in (False, True):
        await session.execute(update(Report).where(Report.id == report).values(secret=secret))
        for name, headers in (("province", PROVINCE), ("granted", GRANTED)):
            found = str(report) in await listed(office, headers)
            feed = str(report) in str(await office.get("/v1/events", headers, limit=200))
            one = (await office.http.get(f"/v1/reports/{report}", headers=headers)).status_code
            seen[name, secret] = (found, feed, one)

    assert seen == {
        ("province", False): (True, True, 200), ("granted", False): (True, True, 200),
        ("province", True): (False, False, 404), ("granted", True): (True, True, 200),
    }  # fmt: skip


async def test_of_what_lies_elsewhere_they_see_what_everybody_does(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]

    theirs, others = [
        (await office.http.get(f"/v1/reports/{report}", headers=headers)).json() for headers in (PROVINCE, CITY)
    ]

    assert theirs["body"] == "Lubang besar di depan pasar pagi."
    assert (others["body"], others["events"]) == (None, [])


async def test_the_gaps_of_the_registry_are_those_of_the_region(office: Office) -> None:
    found = await office.get("/v1/registry/health", CITY, limit=200)
    foreign = await office.http.get("/v1/registry/health?agency=SAMARINDA", headers=CITY)

    assert {one["agency"].partition("-")[0] for one in found["items"]} == {"BALIKPAPAN"}
    assert (foreign.status_code, (await office.http.get("/v1/registry/health", headers=PROVINCE)).status_code) == (
        403, 200,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 201),
        ({"agency": "NOBODY"}, 422),
        ({"role": "operator"}, 422),
        ({"role": "national_admin"}, 422),
        ({"agency": None}, 201),
    ],
)
async def test_operators_say_where_a_supervisor_sees(office: Office, changes: Any, status: int) -> None:
    body = {"name": "Dewi", "email": "dewi@kaltim.example", "role": "supervisor", "agency": "KALTIM"} | changes

    answer = await office.http.post("/v1/accounts", json=body, headers=OPERATOR)

    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["agency"] == body["agency"]


async def test_a_coordinator_is_not_shown_who_supervises_them(office: Office) -> None:
    body = {"name": "Dewi", "email": "dewi@samarinda.example", "role": "supervisor", "agency": "SAMARINDA"}
    made = (await office.http.post("/v1/accounts", json=body, headers=OPERATOR)).json()

    listed = await office.get("/v1/accounts", COORDINATOR)
    one = await office.http.get(f"/v1/accounts/{made['id']}", headers=COORDINATOR)

    assert (listed["items"], one.status_code) == ([], 404)
