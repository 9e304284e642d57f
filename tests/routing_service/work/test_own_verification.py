"""A regency verifies its own reports, and has clear ones assigned without a person, where that is switched on."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from routing_service.competence.entrusting import verifier
from routing_service.competence.place.place import NOWHERE, Clue, Contradiction, Place, Source
from routing_service.registry.directory import Directory, Listed
from shared.domain.lifecycle import Holder, Level, Status
from shared.log.events import Event, EventType
from shared.log.payloads import fold
from sla_monitor.deadlines import LoggedEvent, clocks
from tests.factories import DAY, NOON, a_rule_set
from tests.routing_service.driving import (
    ADMIN,
    BODIES,
    COORDINATOR,
    OFFICER,
    OPERATOR,
    OTHER_COORDINATOR,
    Json,
    Office,
)
from tests.sla_monitor.histories import calendar, policy

S, E = Status, EventType


async def switched_on(office: Office, code: str = "SAMARINDA", **switches: bool) -> None:
    body = switches or {"own_verification": True}
    answer = await office.http.patch(f"/v1/agencies/{code}", json=body, headers=OPERATOR)
    assert answer.status_code == 200, answer.text


async def arrived(office: Office, **changes: Any) -> UUID:
    report = await office.report(**changes)
    await office.deliver((await office.history(report))[0])
    return report


async def holder(office: Office, report: UUID) -> Holder:
    stored = Holder(await office.value(report, "holder_level"), await office.value(report, "holder_agency_code"))
    assert fold(one.placed for one in await office.history(report))[1] == stored
    return stored


async def test_by_default_a_report_waits_for_the_national_administrator(office: Office) -> None:
    report = await arrived(office)

    assert await holder(office, report) == Holder(Level.NATIONAL, None)
    assert await office.types(report) == ["report.received"]


async def test_where_it_is_switched_on_the_coordinator_of_the_region_gets_it_and_verifies_it(office: Office) -> None:
    await switched_on(office)

    report = await arrived(office, region_code="64.72.01")

    assert await holder(office, report) == Holder(Level.COORDINATOR, "SAMARINDA")
    assert await office.status(report) is S.RECEIVED
    listed = await office.get("/v1/reports", COORDINATOR, status="received")
    assert str(report) in [one["id"] for one in listed["items"]]
    assert (await office.act(report, "verification", OTHER_COORDINATOR)).status_code == 403
    await office.done(report, "verification", COORDINATOR)
    await office.done(report, "disposition", COORDINATOR)


async def test_the_event_tells_it_once_however_often_the_receipt_comes(office: Office) -> None:
    await switched_on(office)
    report = await arrived(office)

    for _ in range(2):
        await office.deliver((await office.history(report))[0])

    assert await office.types(report) == ["report.received", "report.entrusted"]
    event = await office.last(report)
    assert (event.actor, event.data["from"], event.data["to"]) == ("service:routing_service", "received", "received")
    assert event.data["holder"] == {"level": "coordinator", "agency": "SAMARINDA"}
    assert await office.value(report, "published_at") is None


async def test_the_verification_clock_runs_on(office: Office) -> None:
    await switched_on(office)
    report = await arrived(office)
    before = verification((await office.history(report))[:1])

    after = verification(await office.history(report))

    assert (after.started_at, after.opened_seq, after.due_at) == (before.started_at, 1, before.due_at)
    assert (before.agency, after.agency) == (None, "SAMARINDA")


def verification(history: list[Event]) -> Any:
    logged = [LoggedEvent(one.seq, one.type, one.occurred_at, one.recorded_at, one.data) for one in history]
    return next(one for one in clocks(logged, policy(), calendar()) if one.stage == "verification")


@pytest.mark.parametrize(
    "changes",
    [
        {"imported": True},
        {"region_code": None},
        {"region_code": "64.71"},
        {"region_code": "35.78"},
        {"holder_level": Level.COORDINATOR, "holder_agency_code": "BALIKPAPAN"},
    ],
)
async def test_what_lies_elsewhere_or_is_held_already_or_imported_stays_where_it_is(
    office: Office, changes: Json
) -> None:
    await switched_on(office)

    report = await arrived(office, **changes)

    assert await office.types(report) == ["report.received"]


@pytest.mark.parametrize("action", ["verification", "archive", "hold"])
async def test_what_an_officer_was_quicker_with_stays_theirs(office: Office, action: str) -> None:
    await switched_on(office)
    report = await office.report()
    await office.done(report, action, ADMIN, **BODIES[action])

    await office.deliver((await office.history(report))[0])

    assert (await holder(office, report)).level is Level.NATIONAL


async def test_a_withdrawal_before_it_and_after_it_holds(office: Office) -> None:
    await switched_on(office)
    report = await office.report()
    withdrawal = await office.record(report, E.REPORTER_WITHDREW)
    await office.deliver((await office.history(report))[0])
    assert (await holder(office, report)).level is Level.COORDINATOR

    await office.deliver(withdrawal)

    assert await office.status(report) is S.WITHDRAWN


async def test_an_instansi_that_has_ended_gets_nothing(office: Office) -> None:
    await switched_on(office)
    await office.execute("UPDATE agencies SET valid_until = :last WHERE code = 'SAMARINDA'", last=(NOON - DAY).date())

    report = await arrived(office)

    assert (await holder(office, report)).level is Level.NATIONAL


async def with_rule(office: Office) -> None:
    async with office.transaction() as session:
        await a_rule_set(session, ({"category": ["roads"], "region": ["64"]}, {"agency": "SAMARINDA-PU"}))


@pytest.mark.parametrize(("code", "agency"), [("SAMARINDA", "SAMARINDA-PU"), ("BALIKPAPAN", None)])
async def test_clear_cases_are_assigned_where_the_instansi_of_the_agency_has_switched_it_on(
    office: Office, code: str, agency: str | None
) -> None:
    await with_rule(office)
    await switched_on(office, code, automatic_assignment=True)

    report = await arrived(office)

    assert await office.value(report, "agency_code") == agency


async def test_where_both_are_on_a_clear_case_is_assigned_and_any_other_verified_by_the_coordinator(
    office: Office,
) -> None:
    await with_rule(office)
    await switched_on(office, own_verification=True, automatic_assignment=True)

    clear, other = await arrived(office), await arrived(office, category_code="health")

    assert await holder(office, clear) == Holder(Level.AGENCY, "SAMARINDA-PU")
    assert await holder(office, other) == Holder(Level.COORDINATOR, "SAMARINDA")


@pytest.mark.parametrize("switch", ["own_verification", "automatic_assignment"])
async def test_only_an_operator_switches_it_on_and_only_for_an_instansi(office: Office, switch: str) -> None:
    path = "/v1/agencies/SAMARINDA-PU"

    by_others = [
        await office.http.patch("/v1/agencies/SAMARINDA", json={switch: True}, headers=one)
        for one in (COORDINATOR, OFFICER, ADMIN)
    ]
    of_agency = await office.http.patch(path, json={switch: True}, headers=OPERATOR)
    taken_away = await office.http.patch(path, json={switch: None}, headers=OPERATOR)
    off = await office.http.patch(path, json={switch: False}, headers=OPERATOR)

    assert [one.status_code for one in by_others] == [403] * 3
    assert (of_agency.status_code, of_agency.json()["code"]) == (422, "not_an_instansi")
    assert (taken_away.status_code, off.status_code) == (422, 200)


async def test_an_instansi_that_gets_a_parent_must_have_it_switched_off(office: Office) -> None:
    await switched_on(office)

    refused = await office.http.patch("/v1/agencies/SAMARINDA", json={"parent": "KALTIM"}, headers=OPERATOR)

    assert refused.status_code in (409, 422)


@pytest.mark.parametrize(("cell", "expected"), [("ya", True), ("tidak", False), ("", False)])
async def test_it_is_imported_and_exported(office: Office, cell: str, expected: bool) -> None:
    text = f"kode;verifikasi sendiri;disposisi otomatis\nSAMARINDA;{cell};tidak\n"

    stored = await office.http.post(
        "/v1/registry/imports/agencies", content=text.encode(), headers=OPERATOR | {"Content-Type": "text/csv"}
    )

    assert stored.status_code == 200, stored.text
    seen = await office.get("/v1/agencies/SAMARINDA", OPERATOR)
    assert (seen["own_verification"], seen["automatic_assignment"]) == (expected, False)


# --- pure ------------------------------------------------------------------------------------------------------


def directory(*on: str) -> Directory:
    listed = (
        Listed("KALTIM", "", "province", "province", None, "64"),
        Listed("SMD", "", "city", "regency_city", None, "64.72"),
        Listed("SMD-2", "", "city", "regency_city", None, "64.72"),
        Listed("SMD-PU", "", "dinas", "agency", "SMD", "64.72.01"),
    )
    return Directory(agencies={one.code: replace(one, own_verification=one.code in on) for one in listed})


@pytest.mark.parametrize(
    ("on", "region", "expected"),
    [
        ([], "64.72", None),
        (["SMD"], "64.72", "SMD"),
        (["SMD"], "64.72.01.1001", "SMD"),
        (["SMD"], "64", None),
        (["SMD"], "64.7", None),
        (["SMD"], "64.721", None),
        (["KALTIM"], "64.72.01", "KALTIM"),
        (["KALTIM", "SMD"], "64.72.01", "SMD"),
        (["SMD", "SMD-2"], "64.72", None),
        (["SMD-PU"], "64.72.01", None),
    ],
)
def test_the_instansi_of_the_smallest_region_around_verifies(on: list[str], region: str, expected: str | None) -> None:
    assert verifier(directory(*on), region, NOWHERE) == expected


@pytest.mark.parametrize(
    ("region", "confidence", "expected"), [("64.72.01", 0.5, "SMD"), ("64.72.01", 0.49, None), (None, 0.0, None)]
)
def test_a_place_that_is_sure_enough_counts_where_none_was_given(
    region: str | None, confidence: float, expected: str | None
) -> None:
    assert verifier(directory("SMD"), None, Place(region, confidence)) == expected


@pytest.mark.parametrize(("other", "expected"), [("64.72.02", "SMD"), ("64.71", None)])
def test_places_that_contradict_each_other_leave_it_to_the_national_level_unless_both_lie_there(
    other: str, expected: str | None
) -> None:
    two = Contradiction(Clue(Source.COORDINATES, other, 1.0), Clue(Source.BODY, "64.72.01", 0.8))

    assert verifier(directory("SMD"), "64.72", Place("64.72", 1.0, contradictions=(two,))) == expected
