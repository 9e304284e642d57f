"""A region that routing found, or that an officer sets, is the report's in every list and filter."""

from typing import Any
from uuid import UUID

import pytest

from shared.clients import Role
from shared.domain.lifecycle import Status
from tests.factories import bearer
from tests.places_in_a_cell import CELL, DISTRICT, places_in_the_cell
from tests.routing_service.competence.maps import collection, feature, ring
from tests.routing_service.driving import ADMIN, COORDINATOR, OPERATOR, Office

NORTH = "64.72.02"
PIN: dict[str, Any] = {"region_code": None, "latitude": -0.55, "longitude": CELL[1], "location_text": None}
APP = bearer(Role.REPORTER_APP, sub="mobile-app")


@pytest.fixture
async def mapped(office: Office, read_here: None) -> Office:
    await drawn_on(office)
    return office


async def drawn_on(office: Office) -> None:
    """Two districts of Samarinda, whose border runs a little north of the middle of a cell."""
    await office.execute("INSERT INTO regions VALUES ('64.72.02', 'Samarinda Seberang', '64.72')")
    border = CELL[0] + 0.002
    drawn = collection(feature(DISTRICT, ring(117.0, border - 0.3, 0.3)), feature(NORTH, ring(117.0, border, 0.3)))
    response = await office.http.post(
        "/v1/boundaries/imports", json={"name": "Uji", "geojson": drawn}, headers=OPERATOR
    )
    assert response.status_code == 201, response.text


async def arrived(office: Office, **changes: Any) -> UUID:
    report = await office.report(**PIN | changes)
    await office.deliver((await office.history(report))[0])
    return report


async def listed(office: Office, region: str) -> list[str]:
    found = await office.get("/v1/reports", ADMIN, region=region, limit=200)
    return [one["id"] for one in found["items"]]


async def regions(office: Office, report: UUID) -> tuple[Any, Any]:
    """For those who work on it, and for everybody else."""
    return await office.value(report, "about_region_code"), await office.value(report, "seen_region_code")


async def test_a_pin_alone_gives_the_report_a_region_to_be_found_by(mapped: Office) -> None:
    report = await arrived(mapped)

    for region in ("64", "64.72", DISTRICT):
        assert str(report) in await listed(mapped, region)
    assert str(report) not in await listed(mapped, NORTH)
    view = await mapped.get(f"/v1/reports/{report}", ADMIN)
    assert (view["region"], view["location"]["region_code"]) == (DISTRICT, None)
    assert await regions(mapped, report) == (DISTRICT, DISTRICT)


async def test_a_pin_makes_a_chosen_region_more_precise_and_never_another(mapped: Office) -> None:
    nested, elsewhere = await arrived(mapped, region_code="64.72"), await arrived(mapped, region_code="64.71")

    assert await regions(mapped, nested) == (DISTRICT, DISTRICT)
    assert await regions(mapped, elsewhere) == ("64.71", "64.71")


async def test_strangers_learn_the_region_of_the_middle_of_the_cell_wherever_the_pin_is(mapped: Office) -> None:
    exact, seen = set(), set()
    for latitude, longitude in places_in_the_cell(2):
        about, shown = await regions(mapped, await arrived(mapped, latitude=latitude, longitude=longitude))
        exact.add(about)
        seen.add(shown)

    assert exact == {DISTRICT, NORTH}
    assert seen == {DISTRICT}


async def test_what_is_not_sure_is_no_region(mapped: Office) -> None:
    at_the_edge = await arrived(mapped, latitude=CELL[0] + 0.002 - 0.3 - 0.003)  # 300 m outside of every polygon

    assert await regions(mapped, at_the_edge) == (None, None)


async def test_names_give_a_region_without_a_pin(office: Office) -> None:
    report = await arrived(
        office, latitude=None, longitude=None, location_text="Kecamatan Palaran, Kota Samarinda", region_code="64"
    )

    assert await regions(office, report) == (DISTRICT, DISTRICT)


async def test_a_chosen_village_without_a_pin_stays_as_precise_for_everybody(office: Office) -> None:
    await office.execute("INSERT INTO regions VALUES ('64.72.01.1001', 'Rawa Makmur', '64.72.01')")

    report = await arrived(office, latitude=None, longitude=None, region_code="64.72.01.1001")

    assert await regions(office, report) == ("64.72.01.1001", "64.72.01.1001")


async def test_a_verification_sets_another_region_and_its_event_says_so(mapped: Office) -> None:
    report = await arrived(mapped)

    view = await mapped.done(report, "verification", ADMIN, region="64.71")

    assert view["region"] == "64.71"
    event = await mapped.last(report)
    # No region was given at the receipt: the days still end as they did.
    assert (event.data["region"], event.data["time_zone"]) == ("64.71", "Asia/Jakarta")
    assert str(report) in await listed(mapped, "64.71")
    assert str(report) not in await listed(mapped, DISTRICT)
    suggested = await mapped.get(f"/v1/reports/{report}/routing", ADMIN)
    assert suggested["suggestion"]["place"]["region"] == "64.71"


async def test_what_an_officer_set_stands_when_the_report_is_sent_on(mapped: Office) -> None:
    report = await arrived(mapped)
    await mapped.done(report, "verification", ADMIN, region="64.72")
    await mapped.done(report, "forwarding", ADMIN)

    await mapped.done(report, "disposition", COORDINATOR)

    assert await regions(mapped, report) == ("64.72", "64.72")


async def test_a_correction_sets_it_too_and_strangers_see_it_no_closer_than_their_cell_allows(mapped: Office) -> None:
    report = await mapped.made(Status.ASSIGNED, **PIN | {"latitude": CELL[0] + 0.004})  # north of the border
    assert await regions(mapped, report) == (NORTH, DISTRICT)

    await mapped.done(report, "correction", ADMIN, region=NORTH)

    assert (await mapped.last(report)).data["region"] == NORTH
    assert await regions(mapped, report) == (NORTH, "64.72")


async def test_a_region_that_nobody_knows_is_refused_and_nothing_is_written(mapped: Office) -> None:
    report = await arrived(mapped)

    refused = await mapped.act(report, "verification", ADMIN, region="64.99")

    assert refused.status_code == 422
    assert (refused.json()["code"], refused.json()["errors"][0]["pointer"]) == ("unknown_region", "/region")
    assert await mapped.types(report) == ["report.received", "report.located"]
    assert await mapped.value(report, "set_region_code") is None


async def test_who_may_not_read_a_secret_report_is_not_told_what_was_found_in_it(mapped: Office) -> None:
    report = await arrived(mapped, secret=True)
    await mapped.done(report, "verification", ADMIN)
    await mapped.done(report, "forwarding", ADMIN)
    reader = bearer(Role.SUPERVISOR, sub="pengawas")

    found = await mapped.get("/v1/reports", reader, region=DISTRICT, limit=200)
    every = await mapped.get("/v1/reports", reader, limit=200)

    assert str(report) not in [one["id"] for one in found["items"]]
    assert [one["region"] for one in every["items"] if one["id"] == str(report)] == [None]


async def located(office: Office, report: UUID) -> list[tuple[str, Any]]:
    """The events that say where it is about, and what they say."""
    return [
        (event.type.value, event.data["located"]) for event in await office.history(report) if "located" in event.data
    ]


async def test_an_event_says_what_was_found_and_the_version_counts_it(mapped: Office) -> None:
    report = await arrived(mapped)

    found = {"found": DISTRICT, "set": None, "shown": DISTRICT}
    assert await located(mapped, report) == [("report.located", found)]
    assert (await mapped.get(f"/v1/reports/{report}", ADMIN))["version"] == 2


async def test_nothing_is_said_where_nothing_was_found(office: Office) -> None:
    report = await arrived(office, latitude=None, longitude=None, region_code="64.72")

    assert await office.types(report) == ["report.received"]


async def test_the_event_that_moves_a_report_says_what_was_found_or_set_with_it(mapped: Office) -> None:
    report = await arrived(mapped)

    await mapped.done(report, "verification", ADMIN, region="64.72")
    await mapped.done(report, "forwarding", ADMIN)
    await mapped.done(report, "correction", ADMIN, region="64.71")

    assert await located(mapped, report) == [
        ("report.located", {"found": DISTRICT, "set": None, "shown": DISTRICT}),
        ("report.verified", {"found": DISTRICT, "set": "64.72", "shown": "64.72"}),
        ("report.corrected", {"found": DISTRICT, "set": "64.71", "shown": "64.71"}),
    ]


async def test_what_is_found_when_a_report_is_sent_on_is_said_by_that_event(office: Office) -> None:
    report = await office.made(Status.VERIFIED, **PIN)
    await drawn_on(office)

    await office.done(report, "disposition", COORDINATOR)

    assert await located(office, report) == [
        ("report.assigned", {"found": DISTRICT, "set": None, "shown": DISTRICT}),
    ]


async def test_who_may_not_read_a_secret_report_does_not_read_it_in_its_events(mapped: Office) -> None:
    report = await arrived(mapped, secret=True)
    await mapped.done(report, "verification", ADMIN)
    reader = bearer(Role.SUPERVISOR, sub="pengawas")

    for path in (f"/v1/reports/{report}", f"/v1/reports/{report}/events"):
        assert DISTRICT not in str(await mapped.get(path, reader))
        assert DISTRICT in str(await mapped.get(path, ADMIN))
