"""The life of a report over HTTP, against tables typed by hand from the domain."""

import pytest

from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.log.payloads import fold
from tests.routing_service.conftest import World
from tests.routing_service.driving import ADMIN, BODIES, COORDINATOR, FINAL, OFFICER, STATUSES, Office

S = Status

#: action: (who takes it wherever it is legal, {from: to})
EXPECTED: dict[str, dict[Status, Status]] = {
    "verification": {S.RECEIVED: S.VERIFIED},
    "correction": {
        S.VERIFIED: S.VERIFIED,
        S.ASSIGNED: S.ASSIGNED,
        S.IN_PROGRESS: S.IN_PROGRESS,
        S.AWAITING_REPORTER: S.AWAITING_REPORTER,
    },
    "forwarding": {S.VERIFIED: S.VERIFIED},
    "disposition": {S.VERIFIED: S.ASSIGNED},
    "answer": {S.VERIFIED: S.ANSWERED},
    "redirection": {S.ASSIGNED: S.ASSIGNED, S.IN_PROGRESS: S.ASSIGNED},
    "returns": {S.ASSIGNED: S.VERIFIED, S.VERIFIED: S.VERIFIED},
    "hold": {
        S.RECEIVED: S.AWAITING_REPORTER,
        S.VERIFIED: S.AWAITING_REPORTER,
        S.ASSIGNED: S.AWAITING_REPORTER,
        S.IN_PROGRESS: S.AWAITING_REPORTER,
    },
    "resumption": {S.AWAITING_REPORTER: S.ASSIGNED},
    "responses": {S.ASSIGNED: S.IN_PROGRESS, S.IN_PROGRESS: S.IN_PROGRESS},
    "responses, final": {S.ASSIGNED: S.ANSWERED, S.IN_PROGRESS: S.ANSWERED},
    "archive": {S.RECEIVED: S.ARCHIVED, S.VERIFIED: S.ARCHIVED},
    "merge": {
        S.RECEIVED: S.MERGED,
        S.VERIFIED: S.MERGED,
        S.ASSIGNED: S.MERGED,
        S.IN_PROGRESS: S.MERGED,
        S.ANSWERED: S.MERGED,
        S.AWAITING_REPORTER: S.MERGED,
    },
    "unmerge": {S.MERGED: S.ASSIGNED},
}
FACTS: dict[EventType, dict[Status, Status]] = {
    EventType.REPORTER_REPLIED: {S.AWAITING_REPORTER: S.ASSIGNED, S.ANSWERED: S.IN_PROGRESS},
    EventType.REPORTER_RATED: {S.ANSWERED: S.CLOSED},
    EventType.REPORTER_REOPENED: {S.CLOSED: S.IN_PROGRESS},
    EventType.REPORTER_APPEALED: {S.ARCHIVED: S.RECEIVED},
    EventType.REPORTER_WITHDREW: {
        S.RECEIVED: S.WITHDRAWN,
        S.VERIFIED: S.WITHDRAWN,
        S.ASSIGNED: S.WITHDRAWN,
        S.IN_PROGRESS: S.WITHDRAWN,
        S.ANSWERED: S.WITHDRAWN,
        S.AWAITING_REPORTER: S.WITHDRAWN,
    },
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("action", EXPECTED)
async def test_each_action_is_taken_from_its_statuses_and_refused_from_all_others(
    office: Office, world: World, action: str, status: Status
) -> None:
    report = world.arrived if status is S.RECEIVED else world.reports[status]
    name = action.partition(",")[0]
    body = FINAL if action.endswith("final") else BODIES[name]
    if name == "forwarding":
        body = {"agency": "BALIKPAPAN"}

    response = await office.act(report, name, COORDINATOR, **body)

    expected = EXPECTED[action].get(status)
    if expected is None:
        assert (response.status_code, response.json()["code"]) == (409, "illegal_transition")
        assert await office.status(report) is status
    else:
        assert response.status_code == 200, response.text
        assert response.json()["status"] == expected
        assert await office.status(report) is expected


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("fact", FACTS)
async def test_each_fact_of_the_reporter_moves_the_report_from_its_statuses_only(
    office: Office, fact: EventType, status: Status
) -> None:
    report = office.reports[status]
    before = len(await office.history(report))

    await office.fact(report, fact)

    moved = FACTS[fact].get(status)
    assert await office.status(report) is (moved or status)
    assert len(await office.history(report)) == before + (2 if moved else 1)


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.ASSIGNED, S.IN_PROGRESS])
async def test_a_report_resumes_in_the_status_that_it_was_held_in(office: Office, status: Status) -> None:
    report = office.reports[status]
    holder = {S.RECEIVED: ADMIN, S.VERIFIED: COORDINATOR}.get(status, OFFICER)
    held = await office.done(report, "hold", holder)
    assert held["held_from"] == status

    resumed = await office.done(report, "resumption", holder)

    assert (resumed["status"], resumed["held_from"]) == (status, None)
    assert (await office.last(report)).data["cause"] == "officer"


@pytest.mark.parametrize("status", STATUSES)
async def test_a_note_is_taken_in_every_status_and_changes_none(office: Office, status: Status) -> None:
    report = office.reports[status]

    await office.done(report, "notes", ADMIN)

    assert await office.status(report) is status
    assert (await office.last(report)).type is EventType.REPORT_NOTED


@pytest.mark.parametrize("status", STATUSES)
async def test_status_and_holder_folded_from_the_log_equal_the_stored_ones(office: Office, status: Status) -> None:
    report = office.reports[status]

    found, holder = fold(event.placed for event in await office.history(report))

    assert found is status
    assert holder.level == await office.value(report, "holder_level")
    assert holder.agency == await office.value(report, "holder_agency_code")
