"""The region of a point, for forms."""

from tests.routing_service.competence.maps import SAMARINDA, collection
from tests.routing_service.driving import ADMIN, OPERATOR, Office


async def test_the_region_that_has_a_point_is_found(office: Office) -> None:
    drawn = {"name": "Uji", "geojson": collection(SAMARINDA)}
    assert (await office.http.post("/v1/boundaries/imports", json=drawn, headers=OPERATOR)).status_code == 201

    found = await office.get("/v1/boundaries/at", ADMIN, latitude=-0.5, longitude=117.15)

    assert (found["code"], found["name"], found["confidence"]) == ("64.72", "Kota Samarinda", 0.95)
    outside = await office.http.get("/v1/boundaries/at?latitude=-8&longitude=112", headers=ADMIN)
    assert (outside.status_code, outside.json()["code"]) == (404, "no_region_here")
    health = await office.get("/v1/registry/health", ADMIN, code="no_boundaries")
    assert health["items"] == []


async def test_where_there_are_no_boundaries_the_problem_says_so(office: Office) -> None:
    refused = await office.http.get("/v1/boundaries/at?latitude=-0.5&longitude=117.15", headers=ADMIN)

    assert (refused.status_code, refused.json()["code"]) == (404, "no_boundaries")
    health = await office.get("/v1/registry/health", ADMIN, code="no_boundaries")
    assert [one["code"] for one in health["items"]] == ["no_boundaries"]
    for query in ("latitude=-0.5", "latitude=x&longitude=1", "latitude=-0.5&longitude=117&depth=1"):
        assert (await office.http.get(f"/v1/boundaries/at?{query}", headers=ADMIN)).status_code == 422


async def test_an_operator_tries_a_set_before_it_is_in_force(office: Office) -> None:
    drawn = {"name": "Uji", "geojson": collection(SAMARINDA), "activate": False}
    made = (await office.http.post("/v1/boundaries/imports", json=drawn, headers=OPERATOR)).json()["id"]
    path = "/v1/boundaries/at?latitude=-0.5&longitude=117.15"

    found = await office.http.get(f"{path}&boundaries={made}", headers=OPERATOR)

    assert (found.status_code, found.json()["code"]) == (200, "64.72")
    assert (await office.http.get(path, headers=OPERATOR)).json()["code"] == "no_boundaries"
    assert (await office.http.get(f"{path}&boundaries={made + 1}", headers=OPERATOR)).status_code == 404
    assert (await office.http.get(f"{path}&boundaries={made}", headers=ADMIN)).status_code == 403
    for nonsense in ("0", "x", str(2**31)):
        assert (await office.http.get(f"{path}&boundaries={nonsense}", headers=OPERATOR)).status_code == 422
