"""A report that comes back to an agency which has ended goes to the successor, else to the coordinator."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from routing_service.registry.tree import Node, Tree
from shared.domain.lifecycle import Holder, Level, Status
from shared.log.events import EventType
from shared.log.payloads import fold
from tests.factories import DAY, NOON
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    FINAL,
    OFFICER,
    OPERATOR,
    OTHER_OFFICER,
    Headers,
    Json,
    Office,
)

S, E = Status, EventType
POOR: Json = {"score": 1, "resolved": False, "poor": True}
YESTERDAY = (NOON - DAY).date()


async def ended(office: Office, code: str, successor: str | None = None) -> None:
    await office.execute(
        "UPDATE agencies SET valid_until = :last, successor_code = :successor WHERE code = :code",
        last=YESTERDAY, successor=successor, code=code,
    )  # fmt: skip


async def holder(office: Office, report: UUID) -> tuple[str, str | None]:
    """As stored, which is as the log tells it."""
    _, told = fold(event.placed for event in await office.history(report))
    stored = await office.value(report, "holder_level"), await office.value(report, "holder_agency_code")
    assert stored == (told.level, told.agency)
    assert await office.value(report, "agency_code") == (told.agency if told.level is Level.AGENCY else None)
    return told.level.value, told.agency


async def reopen(office: Office) -> UUID:
    await office.fact(office.reports[S.CLOSED], E.REPORTER_REOPENED)
    return office.reports[S.CLOSED]


async def dispute(office: Office) -> UUID:
    await office.fact(office.reports[S.ANSWERED], E.REPORTER_RATED, **POOR)
    return office.reports[S.ANSWERED]


async def reply(office: Office) -> UUID:
    await office.fact(office.reports[S.AWAITING_REPORTER], E.REPORTER_REPLIED)
    return office.reports[S.AWAITING_REPORTER]


async def wait_too_long(office: Office) -> UUID:
    await office.elapsed(office.reports[S.AWAITING_REPORTER], "hold", "resume")
    return office.reports[S.AWAITING_REPORTER]


async def resume(office: Office) -> UUID:
    await office.done(office.reports[S.AWAITING_REPORTER], "resumption", COORDINATOR)
    return office.reports[S.AWAITING_REPORTER]


async def unmerge(office: Office) -> UUID:
    await office.done(office.reports[S.MERGED], "unmerge", COORDINATOR)
    return office.reports[S.MERGED]


WAYS: dict[Any, Status] = {
    reopen: S.IN_PROGRESS,
    dispute: S.IN_PROGRESS,
    reply: S.ASSIGNED,
    wait_too_long: S.ASSIGNED,
    resume: S.ASSIGNED,
    unmerge: S.ASSIGNED,
}


@pytest.mark.parametrize(("way", "status"), WAYS.items())
async def test_the_successor_gets_it(office: Office, way: Any, status: Status) -> None:
    await ended(office, "SAMARINDA-PU", "SAMARINDA-DINKES")

    report = await way(office)

    assert await holder(office, report) == ("agency", "SAMARINDA-DINKES")
    assert await office.status(report) is status
    assert (await office.last(report)).data["previous_agency"] == "SAMARINDA-PU"
    await office.done(report, "responses", OTHER_OFFICER, **FINAL)


@pytest.mark.parametrize(("way", "status"), WAYS.items())
async def test_without_a_successor_the_coordinator_gets_it_and_sends_it_on(
    office: Office, way: Any, status: Status
) -> None:
    await ended(office, "SAMARINDA-PU")

    report = await way(office)

    assert await holder(office, report) == ("coordinator", "SAMARINDA")
    assert await office.status(report) is (S.VERIFIED if status is S.ASSIGNED else status)
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-DINKES")
    assert await holder(office, report) == ("agency", "SAMARINDA-DINKES")


async def test_a_return_for_the_lack_of_an_agency_starts_the_coordinators_clock_and_is_nobodys_ping_pong(
    office: Office,
) -> None:
    await ended(office, "SAMARINDA-PU")

    report = await reply(office)

    event = await office.last(report)
    assert (event.type, event.actor, event.data["reason"], event.data["previous_agency"]) == (
        E.REPORT_RETURNED, "service:routing_service", "agency_ended", "SAMARINDA-PU",
    )  # fmt: skip
    routing = await office.get(f"/v1/reports/{report}/routing", COORDINATOR)
    assert routing["ring"]["returns"] == 0
    assert routing["returns"][0]["reason"] == "agency_ended"


async def test_a_successor_that_has_ended_too_is_passed_over(office: Office) -> None:
    await ended(office, "SAMARINDA-DINKES", "BALIKPAPAN-PU")
    await ended(office, "SAMARINDA-PU", "SAMARINDA-DINKES")

    assert await holder(office, await reopen(office)) == ("agency", "BALIKPAPAN-PU")


@pytest.mark.parametrize(("successor", "expected"), [("KALTIM", ("coordinator", "KALTIM")), (None, ("national", None))])
async def test_where_the_instansi_has_ended_as_well_it_goes_to_whoever_took_over_from_it(
    office: Office, successor: str | None, expected: tuple[str, str | None]
) -> None:
    await ended(office, "SAMARINDA-PU")
    await ended(office, "SAMARINDA", successor)

    assert await holder(office, await reopen(office)) == expected


@pytest.mark.parametrize(
    ("successor", "expected"), [("BALIKPAPAN", ("coordinator", "BALIKPAPAN")), (None, ("national", None))]
)
async def test_an_appeal_and_a_return_find_the_coordinator_who_is_there_now(
    office: Office, successor: str | None, expected: tuple[str, str | None]
) -> None:
    await ended(office, "SAMARINDA", successor)
    archived, assigned = office.reports[S.ARCHIVED], office.reports[S.ASSIGNED]

    await office.fact(archived, E.REPORTER_APPEALED)
    await office.done(assigned, "returns", OFFICER)

    assert await holder(office, archived) == expected
    assert await holder(office, assigned) == expected


async def test_what_waits_for_its_reporter_after_an_unmerge_finds_its_coordinator_when_it_is_resumed(
    office: Office,
) -> None:
    report = office.reports[S.AWAITING_REPORTER]
    await office.done(report, "merge", COORDINATOR)
    await ended(office, "SAMARINDA-PU")
    await office.done(report, "unmerge", COORDINATOR)
    assert await office.status(report) is S.AWAITING_REPORTER

    await office.done(report, "resumption", COORDINATOR)

    assert await office.status(report) is S.VERIFIED
    assert await holder(office, report) == ("coordinator", "SAMARINDA")


async def test_what_is_answered_by_the_agency_on_its_last_day_comes_back_to_it(office: Office) -> None:
    await office.execute("UPDATE agencies SET valid_until = :last WHERE code = 'SAMARINDA-PU'", last=DISTANT)

    assert await holder(office, await dispute(office)) == ("agency", "SAMARINDA-PU")


DISTANT = (NOON + 3650 * DAY).date()


async def test_a_report_that_is_reopened_while_its_agency_ends_is_not_left_with_it(busy: Office) -> None:
    """Either the agency sees that it holds a report and does not end, or the report goes to the successor."""
    await busy.execute("UPDATE agencies SET parent_code = 'SAMARINDA' WHERE code = 'SAMARINDA-PU-JALAN'")
    for _ in range(3):
        report = await busy.made(S.CLOSED)
        fact = await busy.record(report, E.REPORTER_REOPENED)

        ending, _ = await asyncio.gather(end_now(busy), busy.deliver(fact))

        level_and_agency = await holder(busy, report)
        assert level_and_agency == ("agency", "SAMARINDA-DINKES" if ending == 200 else "SAMARINDA-PU")
        await busy.execute("UPDATE agencies SET valid_until = NULL, successor_code = NULL WHERE code = 'SAMARINDA-PU'")
        headers: Headers = OTHER_OFFICER if ending == 200 else OFFICER
        await busy.done(report, "responses", headers, **FINAL)


async def end_now(office: Office) -> int:
    """On the day that the services take it to be."""
    body = {"successor": "SAMARINDA-DINKES", "valid_from": office.clock.now.date().isoformat()}
    answer = await office.http.post("/v1/agencies/SAMARINDA-PU/merger", json=body, headers=OPERATOR)
    assert answer.status_code in (200, 409), answer.text
    return answer.status_code


# --- pure ------------------------------------------------------------------------------------------------------


def node(code: str, parent: str | None, *, ends: bool = False, successor: str | None = None) -> Node:
    return Node(code, code, parent, None, "Asia/Makassar", True, None, YESTERDAY if ends else None, successor)


def test_a_loop_of_successors_ends_at_the_coordinator() -> None:
    nodes = [node("I", None), node("A", "I", ends=True, successor="B"), node("B", "I", ends=True, successor="A")]

    found = Tree({one.code: one for one in nodes}).in_office(Holder(Level.AGENCY, "A"), NOON)

    assert found == Holder(Level.COORDINATOR, "I")


@pytest.mark.parametrize(("days", "code"), [(-1, "A"), (1, "B")])
def test_the_last_day_is_the_last_day_in_the_agencys_own_zone(days: int, code: str) -> None:
    midnight = NOON.replace(hour=16) - DAY  # in Makassar the day of NOON begins
    nodes = [node("A", None, ends=True, successor="B"), node("B", None)]
    tree = Tree({one.code: one for one in nodes})

    at = midnight + timedelta(seconds=days)

    assert tree.in_office(Holder(Level.AGENCY, "A"), at) == Holder(Level.AGENCY, code)


@pytest.mark.parametrize("held", [Holder(Level.NATIONAL, None), Holder(Level.AGENCY, "UNKNOWN")])
def test_whoever_is_not_in_the_tree_stays(held: Holder) -> None:
    assert Tree().in_office(held, NOON) == held


async def test_an_officer_of_the_ended_agency_is_told_that_the_report_is_another_s(office: Office) -> None:
    await ended(office, "SAMARINDA-PU", "SAMARINDA-DINKES")
    report = await reopen(office)

    refused = await office.act(report, "responses", OFFICER, **FINAL)

    assert refused.status_code == 403
    assert (await office.get(f"/v1/reports/{report}", ADMIN))["holder"]["agency"] == "SAMARINDA-DINKES"
