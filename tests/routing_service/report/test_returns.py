"""Returns: the next decision knows of them, and nobody plays ping-pong with a report."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from routing_service.registry.tree import Node, Tree
from routing_service.report.returns import Returns
from shared.clients import Role
from shared.domain.lifecycle import Holder, Level, Status
from shared.errors import Conflict
from tests.factories import a_rule_set, bearer
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, OTHER_COORDINATOR, OTHER_OFFICER, Json, Office

ROADS_UNIT = bearer(Role.LIAISON_OFFICER, sub="jalan-1", agency="SAMARINDA-PU-JALAN")
OFFICERS = {"SAMARINDA-PU": OFFICER, "SAMARINDA-DINKES": OTHER_OFFICER, "SAMARINDA-PU-JALAN": ROADS_UNIT}
PU, HEALTH = Holder(Level.AGENCY, "SAMARINDA-PU"), Holder(Level.AGENCY, "SAMARINDA-DINKES")
CITY, NATIONAL = Holder(Level.COORDINATOR, "SAMARINDA"), Holder(Level.NATIONAL, None)


def a_ring(count: int, *members: Holder, most: int = 2) -> Returns:
    return Returns(most, count, frozenset(members))


@pytest.mark.parametrize(("count", "keeps"), [(1, False), (2, True), (3, True)])
def test_who_returned_it_must_keep_it_once_it_was_returned_often_enough(count: int, keeps: bool) -> None:
    ring = a_ring(count, PU)

    assert (ring.must_keep(PU), ring.must_keep(HEALTH)) == (keeps, False)
    if keeps:
        with pytest.raises(Conflict, match="Answer it"):
            ring.check_may_pass_on(PU)


def test_an_instansi_that_returned_it_as_a_coordinator_is_not_in_the_ring_as_an_agency() -> None:
    assert not a_ring(2, CITY).must_keep(Holder(Level.AGENCY, "SAMARINDA"))


@pytest.mark.parametrize(("count", "to"), [(1, CITY), (2, NATIONAL)])
def test_once_the_ring_is_closed_a_return_goes_past_the_coordinator(count: int, to: Holder) -> None:
    nodes = {
        code: Node(code, code, up, "64.72", "Asia/Makassar", True)
        for code, up in (("SAMARINDA", None), ("SAMARINDA-PU", "SAMARINDA"))
    }

    assert a_ring(count, HEALTH).goes_to(PU, Tree(nodes)) == to


@pytest.mark.parametrize(
    ("count", "holder", "status", "held_from", "level"),
    [
        (1, CITY, Status.VERIFIED, None, None),
        (2, CITY, Status.VERIFIED, None, Level.COORDINATOR),
        (2, NATIONAL, Status.VERIFIED, None, Level.NATIONAL),
        (2, CITY, Status.AWAITING_REPORTER, Status.VERIFIED, Level.COORDINATOR),
        (2, PU, Status.ASSIGNED, None, None),
        (2, NATIONAL, Status.ANSWERED, None, None),
    ],
)
def test_whoever_has_it_undecided_in_a_closed_ring_must_decide(
    count: int, holder: Holder, status: Status, held_from: Status | None, level: Level | None
) -> None:
    assert a_ring(count, PU).must_decide(holder, status, held_from) == level


# --- over HTTP ---------------------------------------------------------------------------------------------


async def returned(office: Office, report: UUID, *agencies: str, **body: Any) -> None:
    """Assigned to each in turn, and returned by it."""
    for agency in agencies:
        await office.done(report, "disposition", COORDINATOR, agency=agency)
        await office.done(report, "returns", OFFICERS[agency], **body)


async def in_a_closed_ring(office: Office) -> UUID:
    report = await office.made(Status.VERIFIED)
    await returned(office, report, "SAMARINDA-PU", "SAMARINDA-DINKES")
    return report


async def routing(office: Office, report: UUID) -> Json:
    return await office.get(f"/v1/reports/{report}/routing", ADMIN | {"Accept-Language": "en"})


@pytest.mark.parametrize(("headers", "own"), [(OFFICER, "SAMARINDA-PU"), (COORDINATOR, "SAMARINDA")])
async def test_nobody_returns_a_report_and_names_himself_as_competent(office: Office, headers: Any, own: str) -> None:
    report = await office.made(Status.ASSIGNED)
    if headers is COORDINATOR:
        await office.done(report, "returns", OFFICER)

    refused = await office.act(report, "returns", headers, reason="other_level", suggested_agency=own)
    taken = await office.act(report, "returns", headers, reason="other_level", suggested_agency="SAMARINDA-DINKES")

    assert (refused.status_code, refused.json()["code"]) == (422, "same_agency")
    assert refused.json()["errors"][0]["pointer"] == "/suggested_agency"
    assert taken.status_code == 200


async def test_after_two_returns_the_coordinator_must_decide_and_sees_who_returned_it(office: Office) -> None:
    report = await in_a_closed_ring(office)

    told = await routing(office, report)

    assert told["ring"] | {"text": ""} == {
        "returns": 2, "most": 2, "closed": True, "must_decide": "coordinator", "text": "",
        "members": [{"level": "agency", "agency": "SAMARINDA-DINKES"}, {"level": "agency", "agency": "SAMARINDA-PU"}],
    }  # fmt: skip
    assert "Now the coordinator must decide." in told["ring"]["text"]
    assert [one["text"] for one in told["returns"]] == [
        "Samarinda-Pu returned it: Not our authority.", "Samarinda-Dinkes returned it: Not our authority."
    ]  # fmt: skip
    assert [doubt["code"] for doubt in told["suggestion"]["doubts"]][:2] == ["must_decide", "returned"]


async def test_an_agency_in_a_closed_ring_can_do_anything_but_return_it_again(office: Office) -> None:
    report = await in_a_closed_ring(office)
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-PU")

    refused = await office.act(report, "returns", OFFICER, reason="other_level")

    assert (refused.status_code, refused.json()["code"]) == (409, "ring_must_keep")
    assert refused.json()["detail"].startswith("SAMARINDA-PU has returned this report before")
    assert (await office.act(report, "returns", COORDINATOR, reason="other_level")).status_code == 409  # for the agency
    assert (await routing(office, report))["ring"]["must_decide"] is None
    await office.done(report, "hold", OFFICER)
    await office.done(report, "resumption", OFFICER)
    await office.done(report, "responses", OFFICER)
    await office.done(report, "responses", OFFICER, final=True)
    assert await office.status(report) is Status.ANSWERED


async def test_an_agency_outside_a_closed_ring_returns_it_to_the_national_administrator(office: Office) -> None:
    report = await in_a_closed_ring(office)

    await returned(office, report, "SAMARINDA-PU-JALAN")

    event = await office.last(report)
    assert event.data["holder"] == {"level": "national", "agency": None}
    ring = (await routing(office, report))["ring"]
    assert (ring["returns"], ring["must_decide"], len(ring["members"])) == (3, "national", 3)
    await office.done(report, "disposition", ADMIN, agency="SAMARINDA-PU-JALAN")
    assert (await office.act(report, "returns", ROADS_UNIT, reason="other_level")).json()["code"] == "ring_must_keep"


async def test_after_one_return_the_same_agency_may_return_it_once_more(office: Office) -> None:
    report = await office.made(Status.VERIFIED)

    await returned(office, report, "SAMARINDA-PU", "SAMARINDA-PU")
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-PU")

    assert (await office.act(report, "returns", OFFICER, reason="other_level")).status_code == 409


async def test_a_coordinator_in_a_closed_ring_neither_returns_nor_forwards_it_but_decides(office: Office) -> None:
    report = await office.made(Status.VERIFIED)
    await returned(office, report, "SAMARINDA-PU")
    await office.done(report, "returns", COORDINATOR, suggested_agency="BALIKPAPAN")
    await office.done(report, "forwarding", ADMIN)

    answers = [
        await office.act(report, "returns", COORDINATOR, reason="other_region"),
        await office.act(report, "forwarding", COORDINATOR, agency="BALIKPAPAN"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "ring_must_keep")] * 2
    assert "one of your agencies" in answers[0].json()["detail"]
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-DINKES")


async def test_the_national_administrator_may_still_send_it_to_another_instansi(office: Office) -> None:
    report = await office.made(Status.VERIFIED)
    await returned(office, report, "SAMARINDA-PU")
    await office.done(report, "returns", COORDINATOR)
    await office.done(report, "forwarding", ADMIN)

    await office.done(report, "forwarding", ADMIN, agency="BALIKPAPAN")

    assert (await routing(office, report))["ring"]["must_decide"] == "coordinator"
    await office.done(report, "returns", OTHER_COORDINATOR)  # it has not returned it yet
    assert (await office.act(report, "disposition", ADMIN, agency="BALIKPAPAN-PU")).status_code == 200


async def test_a_coordinator_who_has_not_returned_it_may_hand_it_up_after_two_returns(office: Office) -> None:
    report = await in_a_closed_ring(office)

    await office.done(report, "returns", COORDINATOR)

    ring = (await routing(office, report))["ring"]
    assert (ring["returns"], ring["must_decide"]) == (3, "national")


async def test_how_many_returns_there_may_be_is_a_setting(office: Office) -> None:
    office.settings(most_returns=1)
    report = await office.made(Status.VERIFIED)
    await returned(office, report, "SAMARINDA-PU")
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-PU")

    assert (await office.act(report, "returns", OFFICER, reason="other_level")).status_code == 409


async def test_after_a_return_a_decision_is_stored_that_knows_who_and_whom_they_named(office: Office) -> None:
    async with office.transaction() as session:
        await a_rule_set(session, ({"category": ["roads"]}, {"agency": "SAMARINDA-PU"}))
    office.settings(automatic_assignment=True)
    report = await office.made(Status.VERIFIED)

    await returned(office, report, "SAMARINDA-PU", suggested_agency="SAMARINDA-DINKES")

    last = (await routing(office, report))["decisions"][-1]
    assert (last["action"], last["automatic"], last["agency"]) == ("report.returned", True, "SAMARINDA-DINKES")
    suggestion = last["suggestion"]
    assert [one["agency"] for one in suggestion["candidates"]] == ["SAMARINDA-DINKES"]
    assert suggestion["candidates"][0]["reasons"][0]["text"] == (
        "Whoever returned the report named Samarinda-Dinkes as competent."
    )
    assert suggestion["rules"]["agency"] == "SAMARINDA-PU"
    assert [doubt["text"] for doubt in suggestion["doubts"]] == [
        "It was returned by Samarinda-Pu; who returned it is not suggested again."
    ]
    assert await office.status(report) is Status.VERIFIED  # a person decides


async def test_of_two_returns_at_once_one_counts(busy: Office) -> None:
    report = await busy.made(Status.ASSIGNED)

    answers = await asyncio.gather(*(busy.act(report, "returns", OFFICER, reason="other_level") for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    assert (await busy.types(report)).count("report.returned") == 1
    assert await busy.scalar("SELECT count(*) FROM routing_decisions WHERE agency_code IS NULL OR automatic") == 1


async def test_two_returns_at_once_cannot_slip_past_a_ring_that_closes(busy: Office) -> None:
    """The second return of an agency and that of its coordinator: whichever comes first, the other sees it."""
    report = await busy.made(Status.VERIFIED)
    await returned(busy, report, "SAMARINDA-PU")
    await busy.done(report, "disposition", COORDINATOR, agency="SAMARINDA-PU")

    answers = await asyncio.gather(
        busy.act(report, "returns", OFFICER, reason="other_level"),
        busy.act(report, "returns", COORDINATOR, reason="other_level"),
    )

    told = await busy.get(f"/v1/reports/{report}/routing", ADMIN)
    accepted = sum(answer.status_code == 200 for answer in answers)
    assert told["ring"]["returns"] == 1 + accepted
    assert told["ring"]["must_decide"] == ("coordinator" if accepted == 1 else "national")
