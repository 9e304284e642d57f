"""The pull feed: in order, nothing missed, nothing twice, and only what concerns whoever asks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clients import Role
from shared.database import Sessions
from shared.log import events
from shared.log.events import EventType
from tests.factories import NOON, bearer, drafted
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, Office
from tests.waiting import log_is_quiet


async def quiet(office: Office) -> None:
    await log_is_quiet(office.scalar)


async def read(office: Office, headers: Any = ADMIN, **params: Any) -> tuple[list[str], str]:
    await quiet(office)
    page = await office.get("/v1/events", headers, **params)
    return [item["type"] for item in page["items"]], page["next_cursor"]


async def note(session: Any, report: UUID, at: Any = NOON) -> UUID:
    head = await events.lock_head(session, report)
    assert head is not None
    draft = drafted(EventType.REPORT_NOTED, at, "national_admin:a", {"message": "m", "digest": "d"})
    return (await events.append(session, head, draft, recorded_at=at))[0].id


async def test_a_reader_misses_no_event_that_commits_after_a_later_one(busy: Office, sessions: Sessions) -> None:
    slow_report, fast_report = await busy.report(), await busy.report()
    _, cursor = await read(busy)

    async with sessions() as slow:
        first = await note(slow, slow_report)  # its transaction has its number, and stays open
        async with sessions.begin() as fast:
            second = await note(fast, fast_report)
        between = await busy.get("/v1/events", ADMIN, cursor=cursor)
        await slow.commit()
    await quiet(busy)
    after = await busy.get("/v1/events", ADMIN, cursor=between["next_cursor"])

    seen = [item["id"] for item in between["items"] + after["items"]]
    assert between["items"] == []
    assert seen == [str(first), str(second)]


async def test_pages_put_together_are_every_event_once(busy: Office) -> None:
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)
    await busy.done(report, "forwarding", ADMIN)
    await busy.done(report, "disposition", COORDINATOR)

    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(6):
        types, after = await read(busy, limit=1, **cursor)
        found += types
        cursor = {"cursor": after}

    assert found == ["report.received", "report.verified", "report.forwarded", "report.assigned"]
    assert (await read(busy, **cursor))[0] == []


async def test_an_event_is_a_cloud_event_with_codes_and_ids_only(busy: Office) -> None:
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)
    number = await busy.value(report, "tracking_number")

    await quiet(busy)
    page = await busy.get("/v1/events", ADMIN, types="report.verified")

    (event,) = page["items"]
    stored = await busy.last(report)
    assert (event["specversion"], event["id"], event["subject"]) == ("1.0", str(stored.id), str(report))
    assert (event["source"], event["type"]) == ("urn:lapor:routing_service", "report.verified")
    assert (event["data"]["version"], event["data"]["tracking_number"], event["data"]["seq"]) == (1, number, 2)
    assert event["data"]["details"] == dict(stored.data)


async def test_types_narrow_the_feed_and_the_cursor_goes_on_past_what_was_left_out(busy: Office) -> None:
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)

    types, cursor = await read(busy, types="report.forwarded,report.assigned")
    await busy.done(report, "disposition", ADMIN)

    assert types == []
    assert (await read(busy, types="report.forwarded,report.assigned", cursor=cursor))[0] == ["report.assigned"]


async def test_each_agency_hears_of_its_reports_and_of_what_was_taken_from_it(busy: Office) -> None:
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)
    await busy.done(report, "forwarding", ADMIN)
    await busy.done(report, "disposition", COORDINATOR)
    assert len((await read(busy, OFFICER))[0]) == 4
    await busy.done(report, "redirection", COORDINATOR)

    assert (await read(busy, OFFICER))[0] == ["report.assigned", "report.redirected"]
    assert len((await read(busy, driving.OTHER_OFFICER))[0]) == 5
    assert len((await read(busy, COORDINATOR))[0]) == 5
    assert (await read(busy, driving.OTHER_COORDINATOR))[0] == []
    assert len((await read(busy, ADMIN, agency="SAMARINDA-DINKES"))[0]) == 5
    assert (await read(busy, ADMIN, agency="SAMARINDA-PU"))[0] == ["report.assigned", "report.redirected"]
    assert (await read(busy, COORDINATOR, agency="BALIKPAPAN"))[0] == []


async def test_events_are_kept_for_ninety_days(busy: Office, sessions: Sessions) -> None:
    report = await busy.report(received_at=NOON - timedelta(days=200))
    async with sessions.begin() as session:
        await note(session, report, NOON - timedelta(days=90))

    assert (await read(busy))[0] == ["report.noted"]
    busy.clock.advance(seconds=1)
    assert (await read(busy))[0] == []


@pytest.mark.parametrize(
    "params",
    [
        {"types": "report.danced"},
        {"types": "report.received,"},
        {"cursor": "bm9uc2Vuc2U"},
        {"agency": "NOWHERE"},
        {"since": "2026-01-01T00:00:00Z"},
        {"limit": 201},
    ],
)
async def test_a_parameter_that_makes_no_sense_is_refused(office: Office, params: Any) -> None:
    response = await office.http.get("/v1/events", headers=ADMIN, params=params)

    assert response.status_code == 422, response.text


async def test_a_channel_reads_the_feed_of_its_agency_with_the_scope_to_work(busy: Office) -> None:
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)
    await busy.done(report, "disposition", ADMIN)

    submitting = bearer(Role.CHANNEL, agency="SAMARINDA-PU", scopes=("reports:submit",))
    refused = await busy.http.get("/v1/events", headers=submitting)

    assert len((await read(busy, driving.CHANNEL))[0]) == 3
    assert refused.status_code == 403
