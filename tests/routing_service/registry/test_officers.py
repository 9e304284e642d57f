"""The registry of officers over HTTP."""

import asyncio
from typing import Any

import pytest

from shared.clients import Role
from tests.factories import bearer
from tests.routing_service.driving import ADMIN, OPERATOR, Office

NEW = {"role": "liaison_officer", "name": "Sari Wulandari", "email": "sari@samarinda.example"}
PU = "/v1/agencies/SAMARINDA-PU/officers"


async def add(office: Office, path: str = PU, headers: Any = OPERATOR, /, **changes: Any) -> Any:
    return await office.http.post(path, json=NEW | changes, headers=headers)


async def test_an_operator_registers_an_officer_who_reads_indonesian_unless_said(office: Office) -> None:
    response = await add(office)

    assert response.status_code == 201, response.text
    shown = response.json()
    assert {key: shown[key] for key in ("agency", "role", "name", "email", "language", "active")} == NEW | {
        "agency": "SAMARINDA-PU",
        "language": "id",
        "active": True,
    }
    assert (await office.get(PU, ADMIN))["items"] == [shown]


async def test_a_national_administrator_is_registered_without_an_agency(office: Office) -> None:
    national = {"name": "Budi", "email": "budi@pusat.example", "language": "en"}

    response = await office.http.post("/v1/officers", json=national, headers=OPERATOR)

    assert response.status_code == 201, response.text
    assert (response.json()["agency"], response.json()["role"]) == (None, "national_admin")
    assert (await office.get("/v1/officers", ADMIN))["items"] == [response.json()]
    assert (await office.get(PU, ADMIN))["items"] == []


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"role": "national_admin"}, "role_is_national", "/role"),
        ({"role": "regional_secretary"}, "role_of_instansi", "/role"),
        ({"role": "regional_head"}, "role_of_instansi", "/role"),
        ({"role": "mayor"}, "invalid", "/role"),
        ({"email": "no address"}, "invalid", "/email"),
        ({"email": "a@b\r\nBcc: c@d"}, "invalid", "/email"),
        ({"name": "Sari\r\nBcc: c@d"}, "invalid", "/name"),
        ({"name": " "}, "invalid", "/name"),
        ({"language": "fr"}, "invalid", "/language"),
    ],
)
async def test_an_officer_that_cannot_be_is_refused_with_the_field(
    office: Office, changes: Any, code: str, pointer: str
) -> None:
    response = await add(office, **changes)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_an_instansi_has_all_roles_but_the_national_one(office: Office) -> None:
    for role in ("coordinator", "regional_secretary", "inspectorate", "regional_head", "agency_head"):
        response = await add(office, "/v1/agencies/SAMARINDA/officers", role=role)
        assert response.status_code == 201, response.text


async def test_an_address_is_registered_once_in_a_role_of_an_agency(office: Office) -> None:
    await add(office)

    again = await add(office, email="SARI@samarinda.example")
    as_head = await add(office, role="agency_head")
    elsewhere = await add(office, "/v1/agencies/BALIKPAPAN-PU/officers")

    assert (again.status_code, again.json()["code"]) == (409, "officer_exists")
    assert (as_head.status_code, elsewhere.status_code) == (201, 201)


async def test_two_requests_at_once_register_one_officer(busy: Office) -> None:
    responses = await asyncio.gather(*(add(busy) for _ in range(4)))

    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409]


async def test_an_officer_changes_his_address_and_leaves(office: Office) -> None:
    officer = (await add(office)).json()

    response = await office.http.patch(
        f"/v1/officers/{officer['id']}", json={"email": "sw@samarinda.example", "active": False}, headers=OPERATOR
    )

    assert response.status_code == 200, response.text
    assert response.json() == officer | {"email": "sw@samarinda.example", "active": False}
    assert (await office.get(PU, ADMIN, active=True))["items"] == []


async def test_an_officer_does_not_take_the_address_of_another(office: Office) -> None:
    await add(office)
    other = (await add(office, email="other@samarinda.example")).json()

    response = await office.http.patch(f"/v1/officers/{other['id']}", json={"email": NEW["email"]}, headers=OPERATOR)

    assert (response.status_code, response.json()["code"]) == (409, "officer_exists")


@pytest.mark.parametrize("changes", [{"email": None}, {"active": None}, {"role": "agency_head"}])
async def test_nothing_that_an_officer_needs_is_taken_away_and_a_role_stays(office: Office, changes: Any) -> None:
    officer = (await add(office)).json()

    response = await office.http.patch(f"/v1/officers/{officer['id']}", json=changes, headers=OPERATOR)

    assert response.status_code == 422


async def test_addresses_are_shown_to_operators_national_administrators_and_the_own_coordinator(
    office: Office,
) -> None:
    async def status(headers: Any) -> int:
        return (await office.http.get(PU, headers=headers)).status_code

    assert await status(OPERATOR) == 200
    assert await status(ADMIN) == 200
    assert await status(bearer(Role.COORDINATOR, agency="SAMARINDA")) == 200
    assert await status(bearer(Role.COORDINATOR, agency="BALIKPAPAN")) == 403
    assert await status(bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-PU")) == 403
    assert (await add(office, PU, ADMIN)).status_code == 403


async def test_an_agency_or_an_officer_that_is_not_there_is_not_found(office: Office) -> None:
    nobody = "/v1/officers/00000000-0000-7000-8000-000000000000"

    assert (await add(office, "/v1/agencies/NOWHERE/officers")).status_code == 404
    assert (await office.http.get("/v1/agencies/NOWHERE/officers", headers=ADMIN)).status_code == 404
    assert (await office.http.patch(nobody, json={"name": "X"}, headers=OPERATOR)).status_code == 404


async def test_officers_come_in_pages(office: Office) -> None:
    for number in range(3):
        await add(office, email=f"{number}@samarinda.example")

    first = await office.get(PU, ADMIN, limit=2)
    second = await office.get(PU, ADMIN, limit=2, cursor=first["next_cursor"])

    assert [one["email"][0] for one in first["items"] + second["items"]] == ["0", "1", "2"]
    assert second["next_cursor"] is None


async def test_an_officer_is_known_by_the_subject_of_his_tokens(office: Office) -> None:
    officer = (await add(office, subject="pu-1")).json()
    path = f"/v1/officers/{officer['id']}"

    assert (officer["subject"], officer["last_active_at"], officer["active_in_last_month"]) == ("pu-1", None, False)
    taken = await office.http.patch(path, json={"subject": None}, headers=OPERATOR)
    assert (taken.status_code, taken.json()["subject"]) == (200, None)
    refused = await office.http.patch(path, json={"subject": " "}, headers=OPERATOR)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/subject")
