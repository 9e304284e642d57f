"""Whatever somebody asks who does not work on a report, the answer is the same for every exact place in its cell.

And for every village of its district. Of what the app or an officer asks, the answers are compared whole.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from routing_service.competence.models import queries as learning
from shared.clients import Role
from shared.domain.lifecycle import Status
from tests.factories import DAY, NOON, bearer
from tests.places_in_a_cell import ASKED, CELL, DISTRICT, VILLAGES, places_in_the_cell
from tests.routing_service.competence.maps import collection, feature, ring
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    OPERATOR,
    OTHER_COORDINATOR,
    OTHER_OFFICER,
    Office,
)
from tests.routing_service.work.test_similar import a_lamp, masked

APP = bearer(Role.REPORTER_APP, sub="mobile-app")
Asking = Callable[[], Awaitable[Any]]
#: What differs from one request to the next, whatever is asked.
_OF_THE_REQUEST = frozenset({"request_id"})


@pytest.fixture
async def report(office: Office, read_here: None) -> UUID:
    """Of SAMARINDA-PU, public, where two districts meet: their border goes through the middle of its cell."""
    for number, code in enumerate(VILLAGES[:2]):
        await office.execute(
            "INSERT INTO regions VALUES (:code, :name, :above)", code=code, name=f"Desa {number}", above=DISTRICT
        )
    await office.execute("INSERT INTO regions VALUES ('64.72.02', 'Samarinda Seberang', '64.72')")
    south, north = ring(117.0, CELL[0] - 0.3, 0.3), ring(117.0, CELL[0], 0.3)
    for drawn in (collection(feature(DISTRICT, south), feature("64.72.02", north)),):
        imported = {"name": "Uji", "geojson": drawn}
        response = await office.http.post("/v1/boundaries/imports", json=imported, headers=OPERATOR)
        assert response.status_code == 201, response.text
    return await a_lamp(office, region_code=DISTRICT, received_at=NOON - DAY, latitude=CELL[0], longitude=CELL[1])


async def same_everywhere(office: Office, report: UUID, asking: Asking) -> Any:
    """The one answer, which every place in the cell gives."""
    expected = None
    for number, (latitude, longitude) in enumerate(places_in_the_cell(2)):
        region = VILLAGES[number % len(VILLAGES)]
        await office.execute(
            "UPDATE reports SET latitude = :latitude, longitude = :longitude, region_code = :region WHERE id = :id",
            latitude=latitude, longitude=longitude, region=region, id=report,
        )  # fmt: skip
        found = await asking()
        expected = expected or found
        assert found == expected, (latitude, longitude, region)
    return expected


def told(response: httpx.Response) -> Any:
    answer = response.json()
    assert isinstance(answer, dict), answer
    return response.status_code, {name: said for name, said in answer.items() if name not in _OF_THE_REQUEST}


async def test_what_an_app_is_told_by_a_preview(office: Office, report: UUID) -> None:
    bodies: list[dict[str, Any]] = [
        {"title": "Lampu jalan gang kelinci padam", "location": {"latitude": latitude, "longitude": longitude}}
        for latitude, longitude in [CELL, *ASKED[::5]]
    ]
    bodies += [{"title": "Lampu padam", "location": {"region_code": code}} for code in VILLAGES]

    async def asking() -> Any:
        return [told(await office.http.post("/v1/routing/preview", json=body, headers=APP)) for body in bodies]

    found = await same_everywhere(office, report, asking)

    assert {status for status, _ in found} == {200}


async def test_its_page_for_another_agency(office: Office, report: UUID) -> None:
    """With the version, which does not count where it lies; and what the agency is refused says nothing more."""

    async def asking() -> Any:
        paths = ("", "/routing", "/similar", "/public-text")
        return [told(await office.http.get(f"/v1/reports/{report}{path}", headers=OTHER_OFFICER)) for path in paths]

    found = await same_everywhere(office, report, asking)

    assert (found[0][0], found[0][1]["region"]) == (200, DISTRICT)
    assert all(status in (403, 404) for status, _ in found[1:])


@pytest.mark.parametrize("headers", [OTHER_OFFICER, OTHER_COORDINATOR])
async def test_the_work_list_of_another_agency(office: Office, report: UUID, headers: Mapping[str, str]) -> None:
    asked: list[dict[str, Any]] = [{}, {"q": "kelinci"}, {"sort": "due_at"}, {"sort": "received_at"}]
    asked += [{"region": code} for code in ("64.72", "64.72.02", *VILLAGES)]

    async def asking() -> Any:
        return [
            told(await office.http.get("/v1/reports", headers=dict(headers), params={"limit": 200} | params))
            for params in asked
        ]

    found = await same_everywhere(office, report, asking)

    assert {status for status, _ in found} == {200}
    assert str(report) not in {item["id"] for _, page in found for item in page["items"]}


async def test_what_another_instansi_is_told_is_like_its_own(office: Office, report: UUID) -> None:
    """From many places of its own, with order and scores; and what a merge of the two is refused with."""
    own = await a_lamp(office, Status.VERIFIED, region_code="64.71")
    await office.done(own, "forwarding", COORDINATOR, agency="BALIKPAPAN")

    async def asking() -> Any:
        answers = []
        for latitude, longitude in ASKED[::4]:
            await office.execute(
                "UPDATE reports SET latitude = :latitude, longitude = :longitude WHERE id = :id",
                latitude=latitude, longitude=longitude, id=own,
            )  # fmt: skip
            answers.append(told(await office.http.get(f"/v1/reports/{own}/similar", headers=OTHER_COORDINATOR)))
        merging = await office.act(own, "merge", OTHER_COORDINATOR, into=str(report))
        return [*answers, told(merging)]

    found = await same_everywhere(office, report, asking)

    assert any(one["id"] == str(report) for _, answer in found[:-1] for one in answer["items"])
    assert (found[-1][0], found[-1][1]["code"]) == (403, "outside_subtree")


async def test_what_an_operator_learns_by_trying_rules(office: Office, report: UUID) -> None:
    """One rule for each village, and one that goes by the district that the polygons tell."""
    rules = [
        *({"conditions": {"region": [code]}, "result": {"agency": agency}} for code, agency in [
            (VILLAGES[0], "SAMARINDA-DINKES"), (VILLAGES[1], "BALIKPAPAN-PU"), ("64.72.02", "KALTIM-DISDIK"),
            ("64.72", "SAMARINDA-PU-JALAN"),
        ]),
    ]  # fmt: skip
    body = {"name": "Uji", "rules": rules}
    drafted = await office.http.post("/v1/rule-sets", json=body, headers=OPERATOR)
    assert drafted.status_code == 201, drafted.text
    draft = drafted.json()["id"]

    async def asking() -> Any:
        found = [
            told(await office.http.post(f"/v1/rule-sets/{draft}/replay", json={"last": last}, headers=OPERATOR))
            for last in (1, 200)
        ]
        return [*found, told(await office.http.post(f"/v1/rule-sets/{draft}/lint", headers=OPERATOR))]

    found = await same_everywhere(office, report, asking)

    assert found[1][0] == 200
    assert found[1][1]["examined"] > 0
    number = await office.value(report, "tracking_number")
    assert number in {item["tracking_number"] for item in found[1][1]["items"]}


async def test_what_is_exported(office: Office, report: UUID) -> None:
    async def asking() -> Any:
        kinds = ("agencies", "officers", "categories")
        return [(await office.http.get(f"/v1/exports/{kind}", headers=OPERATOR)).text for kind in kinds]

    assert all(await same_everywhere(office, report, asking))


async def test_what_a_model_learns_and_whoever_asks_for_a_preview_is_told(office: Office) -> None:
    report = await office.made(Status.IN_PROGRESS, latitude=CELL[0], longitude=CELL[1], region_code=DISTRICT)
    for number, code in enumerate(VILLAGES[:2]):
        await office.execute(
            "INSERT INTO regions VALUES (:code, :name, :above)", code=code, name=f"Desa {number}", above=DISTRICT
        )
    await masked(office, report)

    async def asking() -> Any:
        async with office.transaction() as session:
            return await learning.dispositions(session, since=None, until=None, limit=1_000)

    taught = await same_everywhere(office, report, asking)

    assert (DISTRICT, *CELL) in {(one.inquiry.region, one.inquiry.latitude, one.inquiry.longitude) for one in taught}


async def test_whoever_works_on_it_sees_where_it_is(office: Office, report: UUID) -> None:
    """Else the tests here would test nothing."""
    exact = CELL[0] + 0.0031
    await office.execute("UPDATE reports SET latitude = :latitude WHERE id = :id", latitude=exact, id=report)

    shown = await office.get(f"/v1/reports/{report}", COORDINATOR)

    assert shown["location"]["latitude"] == exact
    assert (await office.get(f"/v1/reports/{report}", ADMIN))["location"] == shown["location"]
