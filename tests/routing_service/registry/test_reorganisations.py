"""Agencies that are renamed, and that end in another one."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as lines
from routing_service.registry.agencies import queries as registry
from routing_service.registry.reorganisations import service as reorganisations
from routing_service.registry.reorganisations.schemas import AgencyMerger
from shared.clients import Client, Role
from shared.domain.lifecycle import Level, Status
from shared.schema import Report
from tests.factories import a_rule_set
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, OPERATOR, Office
from tests.waiting import until_somebody_waits

PU, DINKES = "SAMARINDA-PU", "SAMARINDA-DINKES"
REGISTRAR = Client("operator-1", Role.OPERATOR)
TODAY, TOMORROW = "2026-03-02", "2026-03-03"  # the clock of these tests stands at noon of 2 March in Samarinda


async def rename(office: Office, day: str, name: str = "Dinas Bina Marga", code: str = PU, **more: Any) -> Any:
    body = {"name": name, "valid_from": day} | more
    return await office.http.post(f"/v1/agencies/{code}/names", json=body, headers=OPERATOR)


async def merge(office: Office, day: str, code: str = "SAMARINDA-PU-JALAN", successor: str = DINKES) -> Any:
    body = {"successor": successor, "valid_from": day}
    return await office.http.post(f"/v1/agencies/{code}/merger", json=body, headers=OPERATOR)


async def test_an_agency_keeps_the_history_of_its_names(office: Office) -> None:
    await rename(office, "2020-01-01", "Dinas Pekerjaan Umum", short_name="DPU")
    response = await rename(office, TODAY)

    assert response.status_code == 201, response.text
    names = await office.get(f"/v1/agencies/{PU}/names", ADMIN)
    assert names == response.json()
    assert [(one["name"], one["valid_from"], one["valid_to"]) for one in names["items"]] == [
        ("Dinas Bina Marga", "2026-03-02", None),
        ("Dinas Pekerjaan Umum", "2020-01-01", "2026-03-01"),
        ("Samarinda-Pu", None, "2019-12-31"),
    ]


@pytest.mark.parametrize(("first_day", "shown"), [(TODAY, "Dinas Bina Marga"), (TOMORROW, "Samarinda-Pu")])
async def test_the_registry_shows_the_name_of_today(office: Office, first_day: str, shown: str) -> None:
    await rename(office, first_day)

    agency = await office.get(f"/v1/agencies/{PU}", ADMIN)
    listed = (await office.get("/v1/agencies", ADMIN, parent="SAMARINDA", sort="name"))["items"]

    assert agency["name"] == shown
    assert next(one for one in listed if one["code"] == PU) == agency


async def test_the_directory_knows_the_name_of_every_day(office: Office) -> None:
    await rename(office, TOMORROW)

    async with office.transaction() as session:
        agency = (await registry.directory(session)).agencies[PU]

    assert agency.name_on(date(2026, 3, 2)) == "Samarinda-Pu"
    assert agency.name_on(date(2026, 3, 3)) == agency.name == "Dinas Bina Marga"


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"valid_from": "2026-01-01"}, 422, "renamed_too_early", "/valid_from"),
        ({"valid_from": "2026-02-01"}, 422, "renamed_too_early", "/valid_from"),
        ({"valid_from": "2027-01-02"}, 422, "agency_has_ended", "/valid_from"),
        ({"valid_from": "3026-01-01"}, 422, "invalid", "/valid_from"),
        ({"name": "Dinas Kedua"}, 422, "same_name", "/name"),
        ({"name": " "}, 422, "invalid", "/name"),
        ({"colour": "red"}, 422, "invalid", "/colour"),
    ],
)
async def test_a_new_name_that_cannot_be_is_refused_with_the_field(
    office: Office, body: Any, status: int, code: str, pointer: str
) -> None:
    await rename(office, "2026-02-01", "Dinas Kedua")
    await office.http.patch(f"/v1/agencies/{PU}", json={"valid_until": "2027-01-01"}, headers=OPERATOR)

    response = await rename(office, **({"day": body.pop("valid_from", "2026-06-01")} | body))

    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_the_last_day_of_an_agency_may_begin_its_last_name(office: Office) -> None:
    await office.http.patch(f"/v1/agencies/{PU}", json={"valid_until": "2027-01-01"}, headers=OPERATOR)

    assert (await rename(office, "2027-01-01")).status_code == 201


async def test_two_renamings_at_once_leave_one_history(busy: Office) -> None:
    responses = await asyncio.gather(*(rename(busy, "2026-05-01", f"Dinas {number}") for number in range(3)))

    assert sorted(response.status_code for response in responses) == [201, 422, 422]
    assert len((await busy.get(f"/v1/agencies/{PU}/names", ADMIN))["items"]) == 2


async def test_an_agency_ends_in_its_successor_from_a_day_on(office: Office) -> None:
    response = await merge(office, TODAY)

    assert response.status_code == 200, response.text
    shown = response.json()
    assert (shown["agency"]["valid_until"], shown["agency"]["successor"]) == ("2026-03-01", DINKES)
    assert shown["open_reports"] == 0
    verified = await office.made(Status.VERIFIED)
    refused = await office.act(verified, "disposition", COORDINATOR, agency="SAMARINDA-PU-JALAN")
    assert (refused.status_code, refused.json()["code"]) == (422, "inactive_agency")


async def test_an_agency_works_until_the_end_of_its_last_day_in_its_own_zone(office: Office) -> None:
    await merge(office, TOMORROW)
    last, first = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC)
    answers = []

    for now in (last, first):
        office.clock.now = now
        report = await office.made(Status.VERIFIED, received_at=now)
        answers.append((await office.act(report, "disposition", COORDINATOR, agency="SAMARINDA-PU-JALAN")).status_code)

    assert answers == [200, 422]


async def test_an_agency_that_holds_open_reports_does_not_end_today(office: Office) -> None:
    await office.report(holder_level=Level.AGENCY, holder_agency_code="SAMARINDA-PU-JALAN")

    today, tomorrow = await merge(office, TODAY), await merge(office, TOMORROW)

    assert (today.status_code, today.json()["code"]) == (409, "agency_holds_reports")
    assert "open reports (1)" in today.json()["detail"]
    assert (tomorrow.status_code, tomorrow.json()["open_reports"]) == (200, 1)


async def test_how_many_secret_reports_it_holds_is_told_to_nobody_who_ends_it(office: Office) -> None:
    for _ in range(3):
        await office.report(holder_level=Level.AGENCY, holder_agency_code="SAMARINDA-PU-JALAN", secret=True)

    today, tomorrow = await merge(office, TODAY), await merge(office, TOMORROW)

    assert (today.status_code, today.json()["code"]) == (409, "agency_holds_reports")
    assert "3" not in today.json()["detail"]
    assert (tomorrow.status_code, tomorrow.json()["open_reports"]) == (200, 0)


@pytest.mark.parametrize(
    ("code", "successor", "day", "status", "problem"),
    [
        ("SAMARINDA-PU", DINKES, TODAY, 409, "agency_has_units"),
        ("NOWHERE", DINKES, TODAY, 404, "not_found"),
        (DINKES, "NOWHERE", TODAY, 422, "unknown_agency"),
        (DINKES, DINKES, TODAY, 422, "successor_cycle"),
        (DINKES, "BALIKPAPAN-PU", "2026-06-02", 422, "inactive_agency"),
        ("BALIKPAPAN-PU", DINKES, "2026-06-02", 422, "agency_has_ended"),
        ("BALIKPAPAN-PU", DINKES, "2026-01-01", 422, "merged_too_early"),
        (DINKES, "BALIKPAPAN-PU", "2025-12-31", 422, "inactive_agency"),
    ],
)
async def test_an_end_that_cannot_be_is_refused(
    office: Office, code: str, successor: str, day: str, status: int, problem: str
) -> None:
    dates = {"valid_from": "2026-01-01", "valid_until": "2026-06-01"}
    await office.http.patch("/v1/agencies/BALIKPAPAN-PU", json=dates, headers=OPERATOR)

    response = await merge(office, day, code, successor)

    assert (response.status_code, response.json()["code"]) == (status, problem), response.text


async def test_an_agency_ends_once_until_its_end_is_taken_back(office: Office) -> None:
    await merge(office, TOMORROW)

    again = await merge(office, "2026-12-01")
    back = await office.http.patch("/v1/agencies/SAMARINDA-PU-JALAN", json={"valid_until": None}, headers=OPERATOR)
    other = await merge(office, "2026-12-01", successor=PU)

    assert (again.status_code, again.json()["code"]) == (409, "agency_merged")
    assert (back.json()["valid_until"], back.json()["successor"]) == (None, None)
    assert (other.status_code, other.json()["agency"]["successor"]) == (200, PU)


async def test_two_agencies_never_end_in_each_other(busy: Office) -> None:
    later = "2026-05-01"
    responses = await asyncio.gather(
        merge(busy, later, DINKES, "BALIKPAPAN-PU"), merge(busy, later, "BALIKPAPAN-PU", DINKES)
    )

    assert sorted(response.status_code for response in responses) == [200, 422]


async def test_nobody_gives_a_report_to_an_agency_that_is_just_ending(busy: Office) -> None:
    report = await busy.made(Status.VERIFIED)
    body = AgencyMerger(successor=DINKES, valid_from=date(2026, 3, 2))

    async with busy.transaction() as session:
        await reorganisations.merge(session, "SAMARINDA-PU-JALAN", body, REGISTRAR, now=busy.clock.now)
        sending = asyncio.create_task(busy.act(report, "disposition", ADMIN, agency="SAMARINDA-PU-JALAN"))
        await until_somebody_waits(busy.scalar)

    assert ((await sending).status_code, (await sending).json()["code"]) == (422, "inactive_agency")


async def test_the_service_assigns_nothing_by_itself_to_an_agency_that_is_just_ending(busy: Office) -> None:
    busy.settings(automatic_assignment=True)
    async with busy.transaction() as session:
        await a_rule_set(session, ({}, {"agency": "SAMARINDA-PU-JALAN"}))
    report = await busy.report()
    received = (await busy.history(report))[0]
    body = AgencyMerger(successor=DINKES, valid_from=date(2026, 3, 2))

    async with busy.transaction() as session:
        await reorganisations.merge(session, "SAMARINDA-PU-JALAN", body, REGISTRAR, now=busy.clock.now)
        delivering = asyncio.create_task(busy.deliver(received))
        await until_somebody_waits(busy.scalar)
    await delivering

    assert await busy.status(report) is Status.RECEIVED


async def test_an_agency_does_not_end_past_a_report_that_it_is_just_being_given(busy: Office) -> None:
    report = await busy.made(Status.VERIFIED)

    async with busy.transaction() as session:
        await lines.offices(session, ["SAMARINDA-PU-JALAN"])
        ending = asyncio.create_task(merge(busy, TODAY))
        await until_somebody_waits(busy.scalar)
        values = {"holder_level": Level.AGENCY, "holder_agency_code": "SAMARINDA-PU-JALAN"}
        await session.execute(update(Report).where(Report.id == report).values(values))

    assert ((await ending).status_code, (await ending).json()["code"]) == (409, "agency_holds_reports")


async def test_only_operators_reorganise(office: Office) -> None:
    for path, body in (
        ("names", {"name": "X", "valid_from": TODAY}),
        ("merger", {"successor": PU, "valid_from": TODAY}),
    ):
        response = await office.http.post(f"/v1/agencies/{DINKES}/{path}", json=body, headers=ADMIN)
        assert response.status_code == 403


async def test_decisions_and_returns_of_an_earlier_day_show_the_name_of_that_day(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await office.done(report, "returns", OFFICER)
    office.clock.advance(days=7)
    await rename(office, "2026-03-09")

    told = await office.get(f"/v1/reports/{report}/routing", ADMIN)

    assert "Samarinda-Pu" in told["returns"][0]["text"]
    assert "Bina Marga" not in told["returns"][0]["text"]


@pytest.mark.parametrize(
    ("first_day", "agency", "told"),
    [
        (TODAY, DINKES, "The duty passed on from Samarinda-Pu-Jalan, which was in service until 2026-03-01."),
        (TOMORROW, "SAMARINDA-PU-JALAN", None),
    ],
)
async def test_the_duty_of_an_agency_that_ended_leads_to_its_successor_and_the_decision_says_so(
    office: Office, session: AsyncSession, first_day: str, agency: str, told: str | None
) -> None:
    await a_rule_set(session, ({}, {"competent": "transport"}))
    await office.http.patch("/v1/agencies/SAMARINDA-PU-JALAN", json={"duties": ["transport"]}, headers=OPERATOR)
    assert (await merge(office, first_day)).status_code == 200
    body = {"title": "Lampu padam", "location": {"region_code": "64.72"}}
    headers = ADMIN | {"Accept-Language": "en"}

    preview = (await office.http.post("/v1/routing/preview", json=body, headers=headers)).json()

    assert (preview["agency"], preview["clear"]) == (agency, True)
    assert ("passed on" in preview["rules"]["text"]) is (told is not None)
    assert (told or "") in preview["rules"]["text"]
    assert [one["code"] for one in preview["candidates"][0]["reasons"]] == (
        ["rule", "successor", "place"] if told else ["rule", "place"]
    )
