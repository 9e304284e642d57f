"""Reports with long histories: what a view shows of them, the pages of the rest, and acts that do not read it all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import Status
from shared.http.wire import encode_cursor
from shared.log import events, parts, public_changes
from shared.log.events import EventType
from tests.factories import drafted
from tests.routing_service.driving import (
    COORDINATOR,
    CUSTODIAN,
    OFFICER,
    OTHER_OFFICER,
    SUPERVISOR,
    Headers,
    Json,
    Office,
)


async def happened(office: Office, report: UUID, count: int, type: EventType = EventType.REPORT_NOTED) -> None:
    async with office.transaction() as session:
        head = await events.lock_head(session, report)
        assert head is not None
        drafts = [drafted(type, office.clock.now, "liaison_officer:o", {}) for _ in range(count)]
        await events.append(session, head, *drafts, recorded_at=office.clock.now)


async def pages(office: Office, path: str, headers: Headers, *, limit: int) -> list[Json]:
    found: list[Json] = []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = await office.get(path, headers, **params)
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("beyond", [-1, 0, 1])
async def test_a_report_shows_its_newest_events_and_how_many_there_are(office: Office, beyond: int) -> None:
    report = await office.made(Status.ASSIGNED)
    before = len(await office.history(report))
    await happened(office, report, parts.SHOWN + beyond - before)

    seen = await office.get(f"/v1/reports/{report}", OFFICER)

    total = parts.SHOWN + beyond
    assert seen["events_total"] == total
    assert [one["seq"] for one in seen["events"]] == list(range(max(1, total - parts.SHOWN + 1), total + 1))


@pytest.mark.parametrize("headers", [OFFICER, COORDINATOR, OTHER_OFFICER, SUPERVISOR])
async def test_pages_tell_whoever_works_on_a_report_all_of_its_events_once(office: Office, headers: Headers) -> None:
    report = await office.made(Status.ASSIGNED, anonymous=True)
    await office.record(report, EventType.REPORTER_REPLIED, client="liaison_officer:clerk", by="code")
    await happened(office, report, 40)

    seen = await office.get(f"/v1/reports/{report}", headers)
    found = await pages(office, f"/v1/reports/{report}/events", headers, limit=7)

    assert found == seen["events"][::-1]
    assert len(found) == seen["events_total"]
    assert "liaison_officer:clerk" not in str(found)
    assert bool(found) is (headers is not OTHER_OFFICER)


async def test_a_secret_report_has_no_pages_for_others_and_its_custodian_reads_none(office: Office) -> None:
    report = await office.made(Status.ASSIGNED, secret=True)

    for part in ("events", "merged"):
        others = await office.http.get(f"/v1/reports/{report}/{part}", headers=OTHER_OFFICER)
        custodian = await office.http.get(f"/v1/reports/{report}/{part}", headers=CUSTODIAN)
        assert (others.status_code, custodian.status_code) == (404, 403)


@pytest.mark.parametrize("part", ["events", "merged", "messages"])
async def test_a_cursor_of_another_report_or_view_is_refused(office: Office, part: str) -> None:
    report, other = await office.made(Status.ASSIGNED), await office.made(Status.IN_PROGRESS)
    at = "2026-01-01T00:00:00Z"
    foreign = [("events", other, 3), ("merged", other, at, other), ("clocks", report, 3, "x"), (3,), (report, 3)]
    own = {"events": ("events", report, 3), "merged": ("merged", report, at, other)}

    refused = [place for name, place in own.items() if name != part] + foreign
    for place in refused:
        answer = await office.http.get(
            f"/v1/reports/{report}/{part}", headers=OFFICER, params={"cursor": encode_cursor(*place)}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), place
    if part in own:
        assert await office.get(f"/v1/reports/{report}/{part}", OFFICER, cursor=encode_cursor(*own[part]))


async def test_many_merged_reports_are_shown_in_part_and_paged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    survivor = await office.made(Status.ASSIGNED)
    merged = [await office.report() for _ in range(5)]
    await office.execute(
        "UPDATE reports SET status = 'merged', merged_into = :into, merged_from = 'assigned', merged_at = received_at, "
        "received_at = received_at + interval '1 day' WHERE id = ANY(:ids)",
        into=survivor, ids=merged,
    )  # fmt: skip
    monkeypatch.setattr(parts, "SHOWN", 3)

    seen = await office.get(f"/v1/reports/{survivor}", OFFICER)
    found = await pages(office, f"/v1/reports/{survivor}/merged", OFFICER, limit=2)

    assert seen["merged_total"] == len(found) == 5
    assert seen["merged"] == found[:3][::-1]
    assert {one["id"] for one in found} == {str(one) for one in merged}
    assert (await office.get(f"/v1/reports/{survivor}/merged", OTHER_OFFICER))["items"] == []


@contextmanager
def rows_read(session: AsyncSession) -> Iterator[list[int]]:
    """How many events each statement read."""
    found: list[int] = []
    connection = session.get_bind()

    def note(_conn: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM events" in statement and statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append(cursor.rowcount)

    engine_event.listen(connection, "after_cursor_execute", note)
    try:
        yield found
    finally:
        engine_event.remove(connection, "after_cursor_execute", note)


@pytest.mark.parametrize(
    "type", [EventType.REPORT_NOTED, EventType.REPORTER_REPLIED, EventType.CLOCK_REMINDED, EventType.IDENTITY_VIEWED]
)
async def test_no_act_of_an_officer_reads_thousands_of_events(
    office: Office, session: AsyncSession, type: EventType
) -> None:
    report = await office.made(Status.ASSIGNED)
    await happened(office, report, 3_000, type)

    with rows_read(session) as read:
        await office.get(f"/v1/reports/{report}", OFFICER)
        await office.get(f"/v1/reports/{report}", OTHER_OFFICER)
        await office.get(f"/v1/reports/{report}/routing", OFFICER)
        await office.done(report, "notes", OFFICER, body="Dicatat.")
        await office.done(report, "redirection", COORDINATOR)
        await office.done(report, "returns", COORDINATOR)
        await office.done(report, "hold", COORDINATOR, question="Di mana?")
        await office.done(report, "resumption", COORDINATOR)
        await office.done(report, "archive", COORDINATOR, reason="too_general", explanation="Terlalu umum.")

    assert read
    assert max(read) <= parts.SHOWN + 1


async def test_the_public_version_is_the_same_by_the_steps_as_by_the_whole_history(office: Office) -> None:
    for status in Status:
        report = await office.made(status)
        for type in (
            EventType.REPORT_NOTED,
            EventType.REPORT_MASKED,
            EventType.REPORT_JOINED,
            EventType.CLOCK_BREACHED,
        ):
            await happened(office, report, 2, type)
        history = await office.history(report)

        async with office.transaction() as session:
            assert await public_changes.of_report(session, report) == public_changes.count_public_changes(history)
            moved = [event for event in history if "to" in event.data or event.seq == 1]
            assert await parts.latest_move(session, report) == moved[-1]


async def test_steps_are_found_by_their_index(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await happened(office, report, 2_000)
    await office.execute("ANALYZE events")

    async with office.transaction() as session:
        plan = await session.scalars(text(f"EXPLAIN {parts.LATEST_MOVE}"), {"report_id": report})

        assert "events_steps_idx" in "\n".join(plan)
