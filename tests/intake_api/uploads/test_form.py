"""A file in a form, whole."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.intake_api.helpers import APP, code_of, submitted
from tests.intake_api.uploads.helpers import TUS, a_photo, stored, uploaded
from tests.waiting import patiently

FORM = {"Content-Type": "multipart/form-data; boundary=sekat"}


def a_form(content: bytes, *, name: str = "file", end: bytes = b"\r\n--sekat--\r\n") -> bytes:
    head = f'--sekat\r\nContent-Disposition: form-data; name="{name}"; filename="../../../etc/passwd"\r\n'
    return head.encode() + b"Content-Type: text/html\r\n\r\n" + content + end


async def test_a_file_in_a_form_arrives_whole_and_under_no_name_of_its_own(
    http: httpx.AsyncClient, store: Path
) -> None:
    photo = a_photo(1_700_000)

    answer = await http.post("/v1/uploads", files={"file": ("../../../etc/passwd", photo, "text/html")}, headers=APP)

    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["sha256"] == hashlib.sha256(photo).hexdigest()
    assert (receipt["media_type"], receipt["size"]) == ("image/jpeg", len(photo))
    assert answer.headers["location"].endswith(receipt["id"])
    assert all(path.startswith("files/") for path in stored(store))
    assert (await http.head(answer.headers["location"], headers={**TUS, **APP})).headers["upload-offset"] == "1700000"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (a_form(b"<html>" + bytes(100)), (422, "unsupported_file")),
        (a_form(b""), (422, "no_file")),
        (a_form(a_photo(1000), name="foto"), (422, "no_file")),
        (a_form(a_photo(1000), end=b""), (422, "no_file")),
        (b"no form at all", (422, "no_file")),
        (b"", (422, "no_file")),
    ],
)
async def test_a_form_without_a_whole_file_of_ours_keeps_nothing(
    http: httpx.AsyncClient, store: Path, body: bytes, expected: tuple[int, str]
) -> None:
    assert code_of(await http.post("/v1/uploads", content=body, headers=FORM)) == expected
    assert stored(store) == []


async def test_an_endless_form_ends_where_the_largest_file_does(http: httpx.AsyncClient, store: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield a_form(a_photo(1000), end=b"")
        while True:
            yield bytes(2**20)

    answer = await http.post("/v1/uploads", content=endless(), headers=FORM)

    assert code_of(answer) == (413, "body_too_large")
    assert stored(store) == []


async def test_whoever_sends_a_form_and_never_ends_it_stops_nobody_elses_file(http: httpx.AsyncClient) -> None:
    others_are_done = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield a_form(a_photo(1_000), end=b"")
        await others_are_done.wait()

    async with asyncio.TaskGroup() as sending:
        slowly = [sending.create_task(http.post("/v1/uploads", content=slow(), headers=FORM)) for _ in range(4)]
        async with patiently():
            await uploaded(http, a_photo(1000))
            answer = await http.post("/v1/uploads", content=a_form(a_photo(1000)), headers=FORM)
        others_are_done.set()

    assert answer.status_code == 201, answer.text
    assert [code_of(one.result()) for one in slowly] == [(422, "no_file")] * 4


async def test_what_is_no_file_in_a_form_is_not_read_for_ever(http: httpx.AsyncClient) -> None:
    sent = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal sent
        yield a_form(b"", name="foto", end=b"")
        while sent < 50:
            sent += 1
            yield bytes(2**16)

    assert code_of(await http.post("/v1/uploads", content=long(), headers=FORM)) == (422, "no_file")
    assert sent < 10


async def test_a_file_in_a_form_for_a_report_is_evidence_at_once(http: httpx.AsyncClient) -> None:
    report = await submitted(http)

    answer = await http.post(
        f"{report.path}/uploads", files={"file": ("a.jpg", a_photo(1000))}, headers=report.as_reporter
    )

    assert answer.status_code == 201, answer.text
    found = (await http.get(f"{report.path}/evidence", headers=report.as_reporter)).json()
    assert [one["sha256"] for one in found["items"]] == [answer.json()["sha256"]]
