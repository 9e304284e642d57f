"""A photo sent from the mailbox: a form, the access code and a file, and nothing else."""

import asyncio
from pathlib import Path

import httpx
import pytest

from shared.database import Sessions
from shared.log import events
from shared.log.events import EventType
from tests.intake_api.helpers import Submitted, submitted
from tests.intake_api.uploads.helpers import a_photo, stored

ENGLISH = {"Accept-Language": "en"}


async def sent(
    http: httpx.AsyncClient, report: Submitted, photo: bytes, code: str | None = None, number: str | None = None
) -> httpx.Response:
    return await http.post(
        f"/r/{number or report.number}/file",
        data={"code": report.code if code is None else code},
        files={"file": ("IMG_1.jpg", photo, "image/jpeg")},
        headers=ENGLISH,
    )


async def added(committed: Sessions, report: Submitted) -> int:
    async with committed() as session:
        return [event.type for event in await events.history(session, report.id)].count(EventType.EVIDENCE_ADDED)


async def test_a_photo_is_evidence_once_however_often_the_form_is_sent(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    report, photo = await submitted(http), a_photo(300_000)

    first = await sent(http, report, photo)
    again = await asyncio.gather(*(sent(http, report, photo) for _ in range(2)))

    assert [answer.status_code for answer in (first, *again)] == [200, 200, 200]
    assert "We have received your file" in first.text
    assert "Photo 1: being looked at" in first.text
    assert await added(committed, report) == 1


async def test_a_wrong_code_keeps_nothing_and_is_answered_like_a_number_that_nobody_has(
    http: httpx.AsyncClient, store: Path, committed: Sessions
) -> None:
    report, photo = await submitted(http), a_photo(10_000)

    wrong = await sent(http, report, photo, code="WRONG")
    nobody = await sent(http, report, photo, number="1234567890")

    assert (wrong.status_code, nobody.status_code) == (404, 404)
    assert wrong.text.replace(report.number, "N") == nobody.text.replace("1234567890", "N")
    assert stored(store) == []
    assert await added(committed, report) == 0


@pytest.mark.parametrize(("content", "sentence"), [(b"<html>" + bytes(100), "file"), (b"", "no file")])
async def test_what_is_no_photo_is_said_on_the_page_of_the_report(
    http: httpx.AsyncClient, store: Path, content: bytes, sentence: str
) -> None:
    report = await submitted(http)

    answer = await sent(http, report, content)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert sentence in answer.text
    assert report.number in answer.text
    assert stored(store) == []


async def test_a_form_that_is_none_is_refused(http: httpx.AsyncClient) -> None:
    report = await submitted(http)

    answer = await http.post(f"/r/{report.number}/file", content=b"code=" + report.code.encode(), headers=ENGLISH)

    assert answer.status_code == 404
    assert "report" in answer.text
