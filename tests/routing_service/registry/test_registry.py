"""The registry of agencies over HTTP."""

import asyncio
from typing import Any

import pytest

from shared.clients import Role
from shared.domain.lifecycle import Level
from tests.factories import bearer
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, OPERATOR, Office

NEW = {"code": "SAMARINDA-PERKIM", "name": "Dinas Perumahan", "kind": "dinas", "parent": "SAMARINDA", "region": "64.72"}


async def create(office: Office, headers: Any = OPERATOR, **changes: Any) -> Any:
    return await office.http.post("/v1/agencies", json=NEW | changes, headers=headers)


async def patch(office: Office, code: str, headers: Any = OPERATOR, /, **changes: Any) -> Any:
    return await office.http.patch(f"/v1/agencies/{code}", json=changes, headers=headers)


async def test_an_operator_registers_an_agency_whose_zone_follows_from_its_region(office: Office) -> None:
    response = await create(office)

    assert response.status_code == 201, response.text
    assert response.json() == NEW | {
        "short_name": None, "time_zone": "Asia/Makassar", "active": True, "level": "agency", "duties": [],
        "contacts": {}, "valid_from": None, "valid_until": None, "successor": None,
        "own_verification": False, "automatic_assignment": False,
    }  # fmt: skip
    assert await office.get("/v1/agencies/SAMARINDA-PERKIM", ADMIN) == response.json()


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({"region": "35.78"}, "Asia/Jakarta"),
        ({"region": None}, "Asia/Makassar"),
        ({"region": None, "parent": None}, "Asia/Jakarta"),
        ({"time_zone": "Asia/Jayapura"}, "Asia/Jayapura"),
    ],
)
async def test_a_zone_that_is_not_given_is_that_of_the_region_else_of_the_parent(
    office: Office, changes: Any, zone: str
) -> None:
    assert (await create(office, **changes)).json()["time_zone"] == zone


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"parent": "NOWHERE"}, 422, "unknown_agency"),
        ({"parent": "SAMARINDA-PERKIM"}, 422, "agency_cycle"),
        ({"region": "99"}, 422, "unknown_region"),
        ({"code": "SAMARINDA-PU"}, 409, "agency_exists"),
        ({"code": "with space"}, 422, "invalid"),
        ({"kind": "castle"}, 422, "invalid"),
        ({"name": ""}, 422, "invalid"),
        ({"name": "a\x00b"}, 422, "invalid"),
        ({"time_zone": "Europe/Berlin"}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
async def test_an_agency_that_makes_no_sense_is_refused(office: Office, changes: Any, status: int, code: str) -> None:
    response = await create(office, **changes)

    assert (response.status_code, response.json()["code"]) == (status, code), response.text


@pytest.mark.parametrize("headers", [ADMIN, driving.OFFICER, bearer(Role.CHANNEL, scopes=("reports:import",))])
async def test_nobody_else_writes_the_registry(office: Office, headers: Any) -> None:
    assert (await create(office, headers)).status_code == 403
    assert (await patch(office, "SAMARINDA-PU", headers, name="X")).status_code == 403


async def test_the_same_registration_twice_with_its_key_is_one(office: Office) -> None:
    headers = OPERATOR | {"Idempotency-Key": "agency:1"}

    first = await create(office, headers)
    again = await create(office, headers)

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())


async def test_a_patch_changes_what_it_names_and_nothing_else(office: Office) -> None:
    before = await office.get("/v1/agencies/SAMARINDA-PU", ADMIN)

    response = await patch(office, "SAMARINDA-PU", short_name="DPUPR", active=False)

    assert response.status_code == 200, response.text
    assert response.json() == before | {"short_name": "DPUPR", "active": False}
    assert (await patch(office, "SAMARINDA-PU", short_name=None)).json()["short_name"] is None
    assert (await patch(office, "SAMARINDA-PU")).json()["active"] is False


@pytest.mark.parametrize(
    ("code", "changes", "status", "problem"),
    [
        ("NOWHERE", {"name": "X"}, 404, "not_found"),
        ("SAMARINDA", {"parent": "SAMARINDA-PU-JALAN"}, 422, "agency_cycle"),
        ("SAMARINDA-PU", {"parent": "SAMARINDA-PU"}, 422, "agency_cycle"),
        ("SAMARINDA-PU", {"parent": "NOWHERE"}, 422, "unknown_agency"),
        ("SAMARINDA-PU", {"region": "99"}, 422, "unknown_region"),
        ("SAMARINDA-PU", {"name": None}, 422, "invalid"),
        ("SAMARINDA-PU", {"code": "X"}, 422, "invalid"),
    ],
)
async def test_a_patch_that_makes_no_sense_is_refused(
    office: Office, code: str, changes: Any, status: int, problem: str
) -> None:
    response = await patch(office, code, **changes)

    assert (response.status_code, response.json()["code"]) == (status, problem), response.text


async def test_an_instansi_whose_coordinator_holds_open_reports_stays_one(office: Office) -> None:
    await office.report(holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN")

    refused = await patch(office, "BALIKPAPAN", parent="KALTIM")
    free = await patch(office, "KALTIM", parent="BALIKPAPAN")

    assert (refused.status_code, refused.json()["code"]) == (409, "agency_holds_reports")
    assert free.status_code == 200, free.text


async def test_an_agency_gets_the_zone_of_its_new_region_when_it_asks_for_it(office: Office) -> None:
    moved = await patch(office, "SAMARINDA-PU", region="35.78")
    asked = await patch(office, "SAMARINDA-PU", time_zone=None)

    assert (moved.json()["time_zone"], asked.json()["time_zone"]) == ("Asia/Makassar", "Asia/Jakarta")


async def test_the_list_is_filtered_sorted_and_paged(office: Office) -> None:
    async def codes(**params: Any) -> list[str]:
        return [item["code"] for item in (await office.get("/v1/agencies", ADMIN, **params))["items"]]

    assert await codes(parent="SAMARINDA") == ["SAMARINDA-DINKES", "SAMARINDA-PU"]
    assert await codes(region="64.71") == ["BALIKPAPAN", "BALIKPAPAN-PU"]
    assert await codes(kind="unit") == ["SAMARINDA-PU-JALAN"]
    assert await codes(q="disdik") == ["KALTIM-DISDIK"]
    assert await codes(active=False) == []
    everything = await codes(sort="name")
    first = await office.get("/v1/agencies", ADMIN, sort="name", limit=3)
    rest = await office.get("/v1/agencies", ADMIN, sort="name", cursor=first["next_cursor"])
    assert [item["code"] for item in first["items"] + rest["items"]] == everything


async def test_two_moves_at_once_never_make_a_loop(busy: Office) -> None:
    answers = await asyncio.gather(
        patch(busy, "SAMARINDA", parent="BALIKPAPAN"), patch(busy, "BALIKPAPAN", parent="SAMARINDA")
    )

    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_of_two_equal_registrations_at_once_one_is_refused(busy: Office) -> None:
    answers = await asyncio.gather(create(busy), create(busy))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
