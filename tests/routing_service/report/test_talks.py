"""Pages of what was said about a report, under the same sight as the report itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.http.wire import encode_cursor
from shared.ids import new_id, new_salt
from shared.queries import talks
from shared.schema import Message
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

KINDS = tuple(MessageKind)


async def talked(office: Office, report: UUID, count: int, *, length: int = 5) -> None:
    """Messages of every kind in turn, a second apart."""
    async with office.transaction() as session:
        rows = [
            {
                "id": new_id(), "report_id": report, "kind": KINDS[number % len(KINDS)].value,
                "body": f"{number:05}".ljust(length, "x"), "public_body": f"{number:05}" if number % 20 else None,
                "salt": new_salt(), "agency_code": None, "author": "reporter_app:mobile-app",
                "created_at": office.clock.now + timedelta(seconds=number),
            }
            for number in range(count)
        ]  # fmt: skip
        await session.execute(insert(Message), rows)


async def pages(office: Office, report: UUID, headers: Headers, *, limit: int) -> list[Json]:
    found: list[Json] = []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = await office.get(f"/v1/reports/{report}/messages", headers, **params)
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("headers", [OFFICER, COORDINATOR, OTHER_OFFICER, SUPERVISOR])
@pytest.mark.parametrize("secret", [False, True])
async def test_pages_tell_whoever_reads_a_report_what_it_tells_them(
    office: Office, headers: Headers, secret: bool
) -> None:
    report = await office.made(Status.ASSIGNED, secret=secret, anonymous=True)
    await talked(office, report, 45)
    path = f"/v1/reports/{report}"
    if secret and headers is OTHER_OFFICER:
        answers = [await office.http.get(one, headers=headers) for one in (path, f"{path}/messages")]
        assert [answer.status_code for answer in answers] == [404, 404]
        return

    seen = await office.get(path, headers)
    found = await pages(office, report, headers, limit=7)

    assert found == seen["messages"][::-1]
    assert len(found) == seen["messages_total"] > 0


async def test_a_long_conversation_is_cut_and_its_pages_tell_all(office: Office) -> None:
    report = await office.made(Status.IN_PROGRESS)
    before = (await office.get(f"/v1/reports/{report}", OFFICER))["messages_total"]
    await talked(office, report, 110, length=9_000)
    readable = 110 - 110 // len(KINDS)  # why a custodian looked is not for officers

    answer = await office.http.get(f"/v1/reports/{report}", headers=OFFICER)
    found = await pages(office, report, OFFICER, limit=200)

    assert answer.json()["messages_total"] == len(found) == readable + before
    assert len(answer.content) < talks.CHARACTERS + 60_000
    assert found[: len(answer.json()["messages"])] == answer.json()["messages"][::-1]
    assert len({one["id"] for one in found}) == len(found)


async def test_what_co_reporters_say_is_paged_along_with_the_rest(office: Office) -> None:
    survivor, report = await office.made(Status.ASSIGNED), office.reports[Status.ASSIGNED]
    older, younger = sorted((survivor, report), key=str)
    if (await office.act(younger, "merge", COORDINATOR, into=str(older))).status_code != 200:
        older, younger = younger, older
        await office.done(younger, "merge", COORDINATOR, into=str(older))
    await talked(office, older, 30)
    await talked(office, younger, 30)

    seen = await office.get(f"/v1/reports/{older}", OFFICER)
    found = await pages(office, older, OFFICER, limit=7)

    assert found == seen["messages"][::-1]
    assert len(found) == seen["messages_total"]
    assert {one["kind"] for one in found if one["co_reporter"]} == {"reply", "rating", "reopening", "appeal"}
    assert {one["author"] for one in found if one["co_reporter"]} == {"reporter_app"}


async def test_a_cursor_of_a_message_that_is_not_theirs_to_read_is_refused(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await talked(office, report, 30)
    reply = next(one["id"] for one in await pages(office, report, OFFICER, limit=50) if one["kind"] == "reply")

    for headers, cursor in ((OTHER_OFFICER, reply), (OFFICER, new_id())):
        answer = await office.http.get(
            f"/v1/reports/{report}/messages", headers=headers, params={"cursor": encode_cursor(cursor)}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_whoever_may_not_read_reports_reads_no_messages(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)

    answers = [
        await office.http.get(path, headers=CUSTODIAN)
        for path in (f"/v1/reports/{report}", f"/v1/reports/{report}/messages")
    ]

    assert answers[0].status_code == answers[1].status_code == 403
