"""What was hidden by archiving stays hidden until somebody has decided anew to send it on."""

from typing import Any
from uuid import UUID

import pytest

from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.factories import bearer
from tests.routing_service.driving import (
    ADMIN,
    BODIES,
    COORDINATOR,
    OFFICER,
    OTHER_COORDINATOR,
    Headers,
    Office,
)

S, E = Status, EventType
COLLEAGUE = bearer(Role.COORDINATOR, sub="samarinda-2", agency="SAMARINDA")


async def shown(office: Office, report: UUID) -> bool:
    """To everybody: what other agencies see, and what the public list goes by."""
    seen = await office.get(f"/v1/reports/{report}", OTHER_COORDINATOR)
    return (seen["region"] is not None) or (await office.value(report, "published_at")) is not None


async def test_an_appeal_shows_nothing(office: Office) -> None:
    report = office.reports[S.ARCHIVED]

    await office.fact(report, E.REPORTER_APPEALED)

    assert await office.status(report) is S.RECEIVED
    assert not await shown(office, report)


async def test_nor_does_one_after_a_hold_that_nobody_answered(office: Office) -> None:
    report = office.reports[S.VERIFIED]
    assert await shown(office, report)
    await office.done(report, "hold", COORDINATOR)

    await office.elapsed(report, "hold", "archive")
    await office.fact(report, E.REPORTER_APPEALED)

    assert await office.status(report) is S.RECEIVED
    assert not await shown(office, report)


@pytest.mark.parametrize(
    "steps",
    [
        [("verification", COLLEAGUE)],
        [("verification", COLLEAGUE), ("answer", COLLEAGUE)],
        [("verification", COLLEAGUE), ("returns", COLLEAGUE)],
        [("hold", COLLEAGUE), ("resumption", COLLEAGUE)],
        [("merge", COLLEAGUE), ("unmerge", COLLEAGUE)],
        [("verification", COLLEAGUE), ("merge", COLLEAGUE), ("unmerge", COLLEAGUE)],
        [("verification", COLLEAGUE), ("archive", COLLEAGUE)],
    ],
)
async def test_nor_does_anything_but_sending_it_on(office: Office, steps: list[tuple[str, Headers]]) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)

    for action, headers in steps:
        await office.done(report, action, headers)

    assert not await shown(office, report)


async def test_nor_does_a_good_rating_or_a_reopening_of_what_was_answered_without_sending_it_on(
    office: Office,
) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)
    await office.done(report, "verification", COLLEAGUE)
    await office.done(report, "answer", COLLEAGUE)
    await office.fact(report, E.REPORTER_RATED)
    await office.fact(report, E.REPORTER_REOPENED)

    assert await office.status(report) is S.IN_PROGRESS
    assert not await shown(office, report)
    await office.done(report, "disposition", COLLEAGUE)
    assert await shown(office, report)


@pytest.mark.parametrize(
    ("action", "headers", "body"),
    [("forwarding", ADMIN, {"agency": "BALIKPAPAN"}), ("disposition", COLLEAGUE, BODIES["disposition"])],
)
async def test_sending_it_on_shows_it_again_from_then_on(
    office: Office, action: str, headers: Headers, body: Any
) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)
    await office.done(report, "verification", COLLEAGUE)
    at = office.clock.advance(hours=1)

    await office.done(report, action, headers, **body)

    assert await office.value(report, "published_at") == at


async def test_what_was_public_before_a_merge_is_so_after_it(office: Office) -> None:
    report = office.reports[S.MERGED]
    assert (await office.get(f"/v1/reports/{report}", OTHER_COORDINATOR))["region"] is None

    await office.done(report, "unmerge", COORDINATOR)

    assert (await office.get(f"/v1/reports/{report}", OTHER_COORDINATOR))["region"] == "64.72"


# --- after an appeal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["hold", "merge"])
async def test_whoever_archived_may_not_put_an_appeal_off(office: Office, action: str) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)

    refused = await office.act(report, action, COORDINATOR, **BODIES[action])

    assert (refused.status_code, refused.json()["code"]) == (403, "another_officer_decides")
    await office.done(report, action, COLLEAGUE)


async def test_whoever_archived_works_on_it_again_once_it_was_sent_on(office: Office) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)
    await office.done(report, "verification", COLLEAGUE)
    await office.done(report, "disposition", COORDINATOR)

    await office.done(report, "hold", COORDINATOR)

    assert await office.status(report) is S.AWAITING_REPORTER


async def test_a_hold_after_an_appeal_that_nobody_answers_leaves_the_appeal_open(office: Office) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)
    await office.done(report, "hold", COLLEAGUE)
    await office.elapsed(report, "hold", "archive")

    await office.fact(report, E.REPORTER_APPEALED)
    assert await office.status(report) is S.RECEIVED

    await office.done(report, "archive", COLLEAGUE)
    await office.fact(report, E.REPORTER_APPEALED)
    assert await office.status(report) is S.ARCHIVED


# --- a direct answer that was disputed -------------------------------------------------------------------------


async def disputed(office: Office, headers: Headers) -> UUID:
    """Answered directly by whoever holds it, and not to the reporter's satisfaction."""
    report: UUID = office.reports[S.RECEIVED if headers is ADMIN else S.VERIFIED]
    if headers is ADMIN:
        await office.done(report, "verification", ADMIN)
    await office.done(report, "answer", headers)
    await office.fact(report, E.REPORTER_REPLIED)
    assert await office.status(report) is S.IN_PROGRESS
    return report


@pytest.mark.parametrize("headers", [ADMIN, COORDINATOR])
@pytest.mark.parametrize(
    ("action", "body", "status", "holder"),
    [
        ("forwarding", {"agency": "BALIKPAPAN"}, S.VERIFIED, ("coordinator", "BALIKPAPAN")),
        ("disposition", {"agency": "SAMARINDA-DINKES"}, S.ASSIGNED, ("agency", "SAMARINDA-DINKES")),
    ],
)
async def test_a_direct_answer_that_was_disputed_is_sent_on(
    office: Office, headers: Headers, action: str, body: Any, status: Status, holder: tuple[str, str]
) -> None:
    report = await disputed(office, headers)

    view = await office.done(report, action, headers, **body)

    assert view["status"] == status
    assert (await office.value(report, "holder_level"), await office.value(report, "holder_agency_code")) == holder
    assert (await office.last(report)).data["from"] == "in_progress"
    assert await office.value(report, "published_at") is not None


@pytest.mark.parametrize("headers", [ADMIN, COORDINATOR, OFFICER])
@pytest.mark.parametrize("action", ["forwarding", "disposition"])
async def test_what_an_agency_works_on_is_not_sent_on_past_it(office: Office, headers: Headers, action: str) -> None:
    report = office.reports[S.IN_PROGRESS]

    refused = await office.act(report, action, headers, **BODIES[action])

    expected = (403, "forbidden") if headers is OFFICER else (409, "illegal_transition")
    assert (refused.status_code, refused.json()["code"]) == expected


async def test_a_coordinator_sends_on_only_what_it_holds(office: Office) -> None:
    report = await disputed(office, ADMIN)

    refused = await office.act(report, "disposition", COORDINATOR, agency="SAMARINDA-PU")

    assert refused.status_code == 403
