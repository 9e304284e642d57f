"""A withdrawal that was accepted holds, whatever is done to the report before it is carried out."""

import asyncio
from uuid import UUID

import pytest

from shared.domain.lifecycle import OPEN, Status
from shared.log.events import Event, EventType
from tests.routing_service.driving import (
    ADMIN,
    BODIES,
    COORDINATOR,
    FINAL,
    OFFICER,
    OTHER_COORDINATOR,
    SURVIVOR,
    Headers,
    Json,
    Office,
)

S, E = Status, EventType
POOR: Json = {"score": 1, "resolved": False, "poor": True}
GOOD: Json = {"score": 5, "resolved": True, "poor": False}

#: What an officer does while the withdrawal is on its way.
BY_OFFICERS: list[tuple[Status, str, Headers, Json]] = [
    (S.RECEIVED, "verification", ADMIN, {}),
    (S.RECEIVED, "archive", ADMIN, {}),
    (S.RECEIVED, "hold", ADMIN, {}),
    (S.VERIFIED, "archive", COORDINATOR, {}),
    (S.VERIFIED, "disposition", COORDINATOR, {}),
    (S.VERIFIED, "forwarding", ADMIN, {"agency": "KALTIM"}),
    (S.VERIFIED, "answer", COORDINATOR, {}),
    (S.ASSIGNED, "returns", OFFICER, {}),
    (S.ASSIGNED, "redirection", COORDINATOR, {}),
    (S.IN_PROGRESS, "responses", OFFICER, FINAL),
    (S.AWAITING_REPORTER, "resumption", OFFICER, {}),
]


async def taken_back(office: Office, report: UUID) -> bool:
    """Withdrawn once, and nothing of it shown to whoever does not work on it."""
    seen = await office.get(f"/v1/reports/{report}", OTHER_COORDINATOR)
    once = (await office.types(report)).count("report.withdrawn") == 1
    return once and seen["status"] == "withdrawn" and seen["title"] is None and seen["messages"] == []


@pytest.mark.parametrize(("status", "action", "headers", "body"), BY_OFFICERS)
async def test_it_holds_whatever_an_officer_does_before_it_is_carried_out(
    office: Office, status: Status, action: str, headers: Headers, body: Json
) -> None:
    report = office.reports[status]
    withdrawal = await office.record(report, E.REPORTER_WITHDREW)
    await office.done(report, action, headers, **(BODIES[action] | body))

    await office.deliver(withdrawal)
    await office.deliver(withdrawal)

    assert await taken_back(office, report)


async def clock_of(office: Office, report: UUID, stage: str, action: str) -> Event:
    opened = next(event.seq for event in reversed(await office.history(report)) if "to" in event.data)
    return await office.record(report, E.CLOCK_ELAPSED, stage=stage, opened_seq=opened, action=action)


@pytest.mark.parametrize("order", ["clock first", "withdrawal first", "together"])
@pytest.mark.parametrize("recorded_first", ["clock", "withdrawal"])
@pytest.mark.parametrize(
    ("status", "stage", "action"),
    [
        (S.ANSWERED, "reporter_reply", "close"),
        (S.AWAITING_REPORTER, "hold", "resume"),
        (S.RECEIVED, "hold", "archive"),
    ],
)
async def test_it_holds_against_a_clock_that_ran_out_in_whichever_order_they_arrive(
    office: Office, status: Status, stage: str, action: str, recorded_first: str, order: str
) -> None:
    report = office.reports[status]
    if status is S.RECEIVED:
        await office.done(report, "hold", ADMIN)
    if recorded_first == "clock":
        clock = await clock_of(office, report, stage, action)
        withdrawal = await office.record(report, E.REPORTER_WITHDREW)
    else:
        withdrawal = await office.record(report, E.REPORTER_WITHDREW)
        clock = await clock_of(office, report, stage, action)

    if order == "together":
        await office.deliver(withdrawal, clock)
    else:
        for fact in (clock, withdrawal) if order == "clock first" else (withdrawal, clock):
            await office.deliver(fact)

    assert await taken_back(office, report)
    assert not {"report.closed", "report.archived"} & set(await office.types(report))


@pytest.mark.parametrize(
    ("type", "data"), [(E.REPORTER_REPLIED, {}), (E.REPORTER_RATED, POOR), (E.REPORTER_RATED, GOOD)]
)
@pytest.mark.parametrize("withdrawal_first", [True, False])
async def test_what_the_reporter_said_before_does_not_stand_against_it(
    office: Office, type: EventType, data: Json, withdrawal_first: bool
) -> None:
    report = office.reports[S.ANSWERED]
    said = await office.record(report, type, **data)
    withdrawal = await office.record(report, E.REPORTER_WITHDREW)

    for fact in (withdrawal, said) if withdrawal_first else (said, withdrawal):
        await office.deliver(fact)

    assert await taken_back(office, report)


async def test_one_that_a_batch_lost_to_a_closing_of_the_release_before_is_carried_out_when_it_comes(
    office: Office,
) -> None:
    report = office.reports[S.ANSWERED]
    withdrawal = await office.record(report, E.REPORTER_WITHDREW)
    closed: Json = {"from": "answered", "to": "closed", "cause": "silence"}
    await office.record(report, E.REPORT_CLOSED, **closed)
    await office.execute("UPDATE reports SET status = 'closed' WHERE id = :id", id=report)

    await office.deliver(withdrawal)

    assert await office.status(report) is S.WITHDRAWN


async def test_one_that_was_merged_in_the_meantime_is_withdrawn_and_merged_no_more(office: Office) -> None:
    """The API refuses the merge; were it ever to slip through, the withdrawal would hold all the same."""
    report = office.reports[S.MERGED]
    merged = await office.last(report)
    before = next(e for e in reversed(await office.history(report)) if e.seq < merged.seq)
    fresh = office.reports[S.ASSIGNED]
    withdrawal = await office.record(fresh, E.REPORTER_WITHDREW)
    into = await office.value(report, "merged_into")
    data: Json = {"from": "assigned", "to": "merged", "holder": before.data["holder"], "into": str(into)}
    await office.record(fresh, E.REPORT_MERGED, **data)
    await office.execute(
        "UPDATE reports SET status = 'merged', merged_into = :into, merged_from = 'assigned', merged_at = now()"
        " WHERE id = :id",
        into=into, id=fresh,
    )  # fmt: skip

    await office.deliver(withdrawal)

    assert await taken_back(office, fresh)
    assert await office.value(fresh, "merged_into") is None
    assert (await office.act(report, "merge", COORDINATOR, into=SURVIVOR)).status_code == 409


@pytest.mark.parametrize("status", sorted(set(Status) - OPEN))
async def test_one_that_came_when_the_report_had_ended_was_none(office: Office, status: Status) -> None:
    report = office.reports[status]

    await office.fact(report, E.REPORTER_WITHDREW)

    assert await office.status(report) is status


async def test_an_officer_who_archives_while_it_is_carried_out_does_not_undo_it(busy: Office) -> None:
    for _ in range(5):
        report = await busy.report()
        withdrawal = await busy.record(report, E.REPORTER_WITHDREW)

        archived, _ = await asyncio.gather(
            busy.act(report, "archive", ADMIN, **BODIES["archive"]), busy.deliver(withdrawal)
        )
        await busy.deliver(withdrawal)  # again, for one that had to wait for the lock

        assert archived.status_code in (200, 409)
        assert await busy.status(report) is S.WITHDRAWN
        assert (await busy.types(report)).count("report.withdrawn") == 1
