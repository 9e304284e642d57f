"""Boundaries over HTTP and in the database: imported in sets, repaired, in force and out of it."""

import asyncio
import math
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place import loading, queries
from shared.clients import Role
from shared.schema import Boundary, BoundaryOverlap, BoundarySet
from tests.factories import bearer
from tests.routing_service.competence.maps import (
    BALIKPAPAN,
    ISLAND_IN_IT,
    PALARAN,
    SAMARINDA,
    Json,
    collection,
    feature,
    ring,
)
from tests.routing_service.driving import COORDINATOR, OPERATOR, Office

#: tests/routing_service/competence/test_region_at.py imports as the service does.
pytestmark = pytest.mark.usefixtures("read_here")


async def posted(http: httpx.AsyncClient, *features: Any, **changes: Any) -> httpx.Response:
    body = {"name": "Uji", "geojson": collection(*features)} | changes
    return await http.post("/v1/boundaries/imports", json=body, headers=OPERATOR)


async def imported(http: httpx.AsyncClient, *features: Any, **changes: Any) -> Json:
    response = await posted(http, *features, **changes)
    assert response.status_code == 201, response.text
    answer: Json = response.json()
    return answer


async def active(office: Office) -> set[int]:
    listed = await office.get("/v1/boundaries", COORDINATOR, active=True)
    return {one["id"] for one in listed["items"]}


async def stored(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(BoundarySet)) or 0


async def test_a_set_is_imported_repaired_compared_and_in_force(office: Office, http: httpx.AsyncClient) -> None:
    answer = await imported(http, ISLAND_IN_IT, BALIKPAPAN, source="Uji 2026")

    assert (answer["level"], answer["area"], answer["regions"]) == ("regency_city", "64", 2)
    assert (answer["missing"], answer["active"], answer["replaces"]) == (0, True, [])
    assert answer["repairs"] == [{"region": "64.72", "fault": "Nested shells"}]
    detail = await office.get(f"/v1/boundaries/{answer['id']}", COORDINATOR)
    assert detail["repairs"] == answer["repairs"]
    assert detail["largest_overlaps"] == answer["largest_overlaps"]
    assert detail["imported_by"] == "operator:operator-1"
    assert [change["active"] for change in detail["changes"]] == [True]
    listed = await office.get("/v1/boundaries", COORDINATOR)
    assert (listed["items"][0]["repaired"], listed["items"][0]["overlaps"]) == (1, 1)


async def test_ground_that_two_claim_goes_to_the_smaller_and_is_recorded_with_its_area(
    http: httpx.AsyncClient,
) -> None:
    (overlap,) = (await imported(http, SAMARINDA, BALIKPAPAN))["largest_overlaps"]

    assert (overlap["winner"], overlap["loser"]) == ("64.71", "64.72")
    expected = 0.05 * 0.15 * 111_320**2 * math.cos(math.radians(0.525))
    assert overlap["square_metres"] == pytest.approx(expected, rel=0.001)


async def test_a_dry_run_says_the_same_and_writes_nothing(session: AsyncSession, http: httpx.AsyncClient) -> None:
    response = await posted(http, ISLAND_IN_IT, BALIKPAPAN, dry_run=True)

    answer = response.json()
    assert (response.status_code, answer["id"], answer["dry_run"], answer["active"]) == (200, None, True, False)
    assert (len(answer["repairs"]), answer["overlaps"]) == (1, 1)
    assert await stored(session) == 0


async def test_what_is_wrong_is_told_feature_by_feature_and_nothing_is_written(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    response = await posted(
        http,
        SAMARINDA,
        feature("64.99", ring(117, 0, 1)),
        feature("64.71", geometry={"type": "Point", "coordinates": [117, 0]}),
        feature("64.72", ring(117, 0, 1)),
        feature("64.72.01", ring(117, 0, 1)),
        feature("64.71", ring(-0.5, 117, 0.2)),
    )

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "invalid_boundaries")
    assert [error["pointer"] for error in problem["errors"]] == [
        "/features/1/properties/kode",
        "/features/2/geometry",
        "/features/3/properties",
        "/features/4/properties",
        "/features/5/geometry/coordinates",
    ]
    assert "there is no region 64.99" in problem["errors"][0]["message"]
    assert await stored(session) == 0
    assert await session.scalar(select(func.count()).select_from(Boundary)) == 0


async def test_the_same_boundaries_are_not_imported_twice(http: httpx.AsyncClient) -> None:
    first = await imported(http, SAMARINDA)

    response = await posted(http, SAMARINDA, name="Lagi")

    assert (response.status_code, response.json()["code"]) == (409, "already_imported")
    assert f"set {first['id']}" in response.json()["detail"]


async def test_a_newer_set_takes_the_place_of_the_older_and_can_be_taken_back(
    office: Office, http: httpx.AsyncClient
) -> None:
    old = await imported(http, SAMARINDA, BALIKPAPAN)
    districts = await imported(http, PALARAN)
    new = await imported(http, feature("64.72", ring(117.0, -0.5, 0.2)))
    assert new["replaces"] == [old["id"]]
    assert await active(office) == {districts["id"], new["id"]}

    await http.post(f"/v1/boundaries/{old['id']}/activation", headers=OPERATOR)
    again = await http.post(f"/v1/boundaries/{old['id']}/activation", headers=OPERATOR)

    assert await active(office) == {districts["id"], old["id"]}
    changes = again.json()["changes"]
    assert [change["active"] for change in changes] == [True, False, True]
    versions = [change["version"] for change in changes]
    assert versions == sorted(versions, reverse=True)
    assert len(set(versions)) == 3


async def test_a_set_can_wait_and_be_taken_out_of_force(office: Office, http: httpx.AsyncClient) -> None:
    waiting = await imported(http, SAMARINDA, activate=False)
    assert await active(office) == set()

    await http.post(f"/v1/boundaries/{waiting['id']}/activation", headers=OPERATOR)
    assert await active(office) == {waiting["id"]}
    for _ in range(2):
        response = await http.post(f"/v1/boundaries/{waiting['id']}/deactivation", headers=OPERATOR)
        assert (response.status_code, response.json()["active"]) == (200, False)
    assert await active(office) == set()


@pytest.mark.parametrize("path", ["", "/activation", "/deactivation"])
async def test_an_unknown_set_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    method = "POST" if path else "GET"

    response = await http.request(method, f"/v1/boundaries/999{path}", headers=OPERATOR)

    assert response.status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
async def test_only_operators_change_boundaries(http: httpx.AsyncClient, role: Role) -> None:
    headers = bearer(role, agency="SAMARINDA")

    for path in ("imports", "1/activation", "1/deactivation"):
        body = {"name": "Uji", "geojson": collection(SAMARINDA)}
        response = await http.post(f"/v1/boundaries/{path}", json=body, headers=headers)
        assert response.status_code == 403, path


async def test_the_list_is_paged_the_newest_first(office: Office, http: httpx.AsyncClient) -> None:
    made = [(await imported(http, feature("64.72", ring(117.0, 0.1 * n, 0.05))))["id"] for n in range(3)]

    first = await office.get("/v1/boundaries", COORDINATOR, limit=2)
    rest = await office.get("/v1/boundaries", COORDINATOR, limit=2, cursor=first["next_cursor"])

    assert [one["id"] for one in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next_cursor"] is None


async def test_an_import_repeated_with_its_key_is_one(session: AsyncSession, http: httpx.AsyncClient) -> None:
    body = {"name": "Uji", "geojson": collection(SAMARINDA)}
    headers = OPERATOR | {"Idempotency-Key": "boundaries-1"}

    answers = [await http.post("/v1/boundaries/imports", json=body, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert await stored(session) == 1


async def test_imports_at_once_leave_one_set_of_a_region_in_force(busy: Office) -> None:
    shapes = [feature("64.72", ring(117.0, -0.5, 0.1 + 0.01 * n)) for n in range(4)]

    answers = await asyncio.gather(*(posted(busy.http, shape) for shape in (*shapes, shapes[0])))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 201, 409]
    assert len(await active(busy)) == 1


async def test_the_locator_follows_the_sets_in_force_and_names_their_version(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    def inquiry() -> Inquiry:
        return Inquiry("Lampu mati", "Mohon dibantu.", date(2026, 3, 2), latitude=-0.55, longitude=117.15)

    before = await loading.load_locator(session)
    await imported(http, SAMARINDA)
    cities = await loading.load_locator(session, before)
    districts = await imported(http, PALARAN)
    both = await loading.load_locator(session, cities)

    assert before.locate(inquiry()).region is None
    assert cities.locate(inquiry()).region == "64.72"
    assert both.locate(inquiry()).region == "64.72.01"
    assert both.gazetteer is before.gazetteer
    versions = [one.locate(inquiry()).boundaries for one in (before, cities, both)]
    assert versions == sorted(versions)  # type: ignore[type-var]
    assert len(set(versions)) == 3
    assert both.locate(inquiry()).evidence[0].values["set"] == districts["id"]


async def test_a_trigger_counts_every_change_of_the_sets(session: AsyncSession, http: httpx.AsyncClient) -> None:
    before = await queries.version(session)
    await imported(http, SAMARINDA, activate=False)

    assert await queries.version(session) > before


async def test_overlaps_are_stored_with_their_winner(session: AsyncSession, http: httpx.AsyncClient) -> None:
    answer = await imported(http, SAMARINDA, BALIKPAPAN)

    row = (await session.scalars(select(BoundaryOverlap).where(BoundaryOverlap.set_id == answer["id"]))).one()
    assert (row.winner_code, row.loser_code) == ("64.71", "64.72")
