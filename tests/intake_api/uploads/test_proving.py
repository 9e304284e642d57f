"""Files become evidence of a report: by whom, how many, once, and told by the log."""

import hashlib
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Holder, Level, Status
from shared.log.events import EventType
from shared.schema import EventRow
from tests.factories import bearer
from tests.intake_api.helpers import ADMIN, APP, CHANNEL, OTHER_APP, Submitted, assigned, code_of, moved, submitted
from tests.intake_api.uploads.helpers import a_photo, created, sent, uploaded

OFFICER = bearer(Role.LIAISON_OFFICER, sub="pu-1", agency="SAMARINDA-PU")
STRANGER = bearer(Role.LIAISON_OFFICER, sub="dk-1", agency="SAMARINDA-DINKES")
READER = bearer(Role.SUPERVISOR, sub="sup-1")


async def added(http: httpx.AsyncClient, report: Submitted, *uploads: str, **headers: str) -> httpx.Response:
    return await http.post(f"{report.path}/evidence", json={"uploads": list(uploads)}, headers=headers)


async def told(sessions: Sessions, report: Submitted) -> list[tuple[str, Any]]:
    statement = select(EventRow.actor, EventRow.data).where(
        EventRow.report_id == report.id, EventRow.type == EventType.EVIDENCE_ADDED
    )
    async with sessions() as session:
        rows = await session.execute(statement.order_by(EventRow.seq))
        return [(actor, data) for actor, data in rows]


async def test_what_was_uploaded_before_the_report_becomes_its_evidence(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    photo = a_photo(1000)
    upload = await uploaded(http, photo, **APP)
    report = await submitted(http)

    answer = await added(http, report, upload, **APP, **report.as_reporter)

    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert (item["media_type"], item["size"], item["by"], item["state"]) == ("image/jpeg", 1000, "reporter", "waiting")
    digest = hashlib.sha256(photo).hexdigest()
    assert item["sha256"] == digest
    assert item["files"] == []
    ((actor, data),) = await told(committed, report)
    assert actor == "reporter"
    assert data["digest"] == digest
    assert (data["by"], data["client"]) == ("code", "reporter_app:mobile-app")


async def test_adding_it_again_adds_nothing_and_so_does_the_same_file(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    photo, report = a_photo(1000), await submitted(http)
    first, second = await uploaded(http, photo), await uploaded(http, photo)

    for uploads in ((first,), (first, first), (second,)):
        answer = await added(http, report, *uploads, **report.as_reporter)
        assert len(answer.json()["items"]) == 1

    assert len(await told(committed, report)) == 1


async def test_a_file_is_evidence_of_one_report(http: httpx.AsyncClient) -> None:
    upload = await uploaded(http, a_photo(1000))
    one, two = await submitted(http), await submitted(http)
    await added(http, one, upload, **one.as_reporter)

    assert code_of(await added(http, two, upload, **two.as_reporter)) == (409, "upload_is_used")


async def test_what_is_not_whole_is_no_evidence_yet(http: httpx.AsyncClient) -> None:
    report = await submitted(http)
    location = await created(http, 1000)
    await sent(http, location, a_photo(400))

    answer = await added(http, report, location.rpartition("/")[2], **report.as_reporter)

    assert code_of(answer) == (409, "upload_is_not_whole")
    assert "400 of 1000" in answer.json()["detail"]


async def test_of_several_all_are_added_or_none(http: httpx.AsyncClient, committed: Sessions) -> None:
    report, mine, theirs = (
        await submitted(http),
        await uploaded(http, a_photo(900)),
        await uploaded(http, a_photo(800), **OTHER_APP),
    )

    assert code_of(await added(http, report, mine, theirs, **report.as_reporter)) == (404, "unknown_upload")
    assert await told(committed, report) == []


async def test_what_is_sent_to_a_report_is_its_evidence_once_it_is_whole(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    report, photo = await submitted(http, reporter_reference="akun-1"), a_photo(1000)
    account = {**APP, "X-Reporter-Reference": "akun-1"}

    await uploaded(http, photo, f"{report.path}/uploads", **account)

    ((actor, data),) = await told(committed, report)
    assert (actor, data["by"]) == ("reporter:mobile-app", "account")


@pytest.mark.parametrize("who", [OFFICER, ADMIN])
async def test_who_works_on_a_report_adds_evidence_in_their_own_name(
    http: httpx.AsyncClient, committed: Sessions, who: dict[str, str]
) -> None:
    report = await submitted(http)
    await assigned(committed, report)

    answer = await added(http, report, await uploaded(http, a_photo(1000), **who), **who)

    assert answer.status_code == 200, answer.text
    agency = "SAMARINDA-PU" if who is OFFICER else None
    (item,) = answer.json()["items"]
    assert (item["by"], item["agency"]) == ("agency" if agency else "administrator", agency)
    ((actor, data),) = await told(committed, report)
    assert (data["by"], data["agency"]) == (None, agency)
    assert actor in ("liaison_officer:pu-1", "national_admin:admin-1")


async def test_the_system_that_brought_a_report_adds_what_its_reporter_sends_later(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(http, CHANNEL)

    answer = await added(http, report, await uploaded(http, a_photo(1000), **CHANNEL), **CHANNEL)

    assert answer.status_code == 200, answer.text
    ((_, data),) = await told(committed, report)
    assert (data["by"], data["client"]) == ("submitter", "channel:city-channel")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({}, (401, "unauthenticated")),
        ({"X-Access-Code": "A" * 32}, (404, "unknown_report")),
        (STRANGER, (404, "unknown_report")),
        (OTHER_APP, (404, "unknown_report")),
        (READER, (403, "forbidden")),
        (bearer(Role.OPERATOR), (403, "forbidden")),
    ],
)
async def test_nobody_else_adds_evidence(
    http: httpx.AsyncClient, committed: Sessions, who: dict[str, str], expected: tuple[int, str]
) -> None:
    report = await submitted(http)
    await assigned(committed, report)

    assert code_of(await added(http, report, await uploaded(http, a_photo(500)), **who)) == expected
    begun = await http.post(f"{report.path}/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "9", **who})
    assert code_of(begun) == expected


async def test_a_report_that_has_ended_takes_no_more(http: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(http)
    holder = Holder(Level.NATIONAL, None)
    data = {"reason": "too_general"}
    await moved(committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, holder=holder, data=data)

    answer = await added(http, report, await uploaded(http, a_photo(500)), **report.as_reporter)

    assert code_of(answer) == (409, "report_is_over")


async def test_a_report_has_room_for_so_many_files(http: httpx.AsyncClient) -> None:
    report = await submitted(http)
    uploads = [await uploaded(http, a_photo(300)) for _ in range(21)]

    assert (await added(http, report, *uploads[:20], **report.as_reporter)).status_code == 200
    assert code_of(await added(http, report, uploads[20], **report.as_reporter)) == (409, "too_much_evidence")
