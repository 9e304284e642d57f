"""Files in parts, as tus 1.0 has them: nothing is lost that was told, and nothing half is kept."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from obstore.store import LocalStore

from intake_api.evidence.store import Store, StoreTrouble
from intake_api.uploads import bodies
from intake_api.uploads.arriving import PART_BYTES
from shared.clients import Role
from tests.factories import bearer
from tests.intake_api.helpers import APP, OTHER_APP, Clock, code_of
from tests.intake_api.uploads.helpers import BYTES, TUS, a_photo, created, offset_of, sent, stored


@pytest.mark.parametrize("path", ["/v1/uploads", "/v1/uploads/"])
async def test_it_says_what_it_speaks(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.options(path)

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(50 * 2**20)
    assert "creation-with-upload" in answer.headers["tus-extension"]


async def test_a_file_arrives_in_parts_through_two_copies_of_the_service(
    http: httpx.AsyncClient, other: httpx.AsyncClient, store: Path
) -> None:
    photo, location = a_photo(), ""
    location = await created(http, len(photo), Authorization=APP["Authorization"])

    for client, start, end in ((http, 0, 700_000), (other, 700_000, 700_001), (http, 700_001, len(photo))):
        assert await offset_of(client, location, **APP) == start
        answer = await sent(client, location, photo[start:end], start, APP)
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(end))

    assert await offset_of(other, location, **APP) == len(photo)
    assert stored(store, "uploads") == []
    assert len(stored(store, "files")) == 1


async def test_the_address_of_an_upload_is_whole_and_leads_nobody_from_tls(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await created(http, 10)).startswith("http://intake/v1/uploads/")
    for public, told in (("https://intake/base", "https://intake/v1/uploads/"), ("https://other", "http://intake/v1/")):
        changed = app.state.settings.model_copy(update={"public_url": public})
        monkeypatch.setitem(vars(app.state)["_state"], "settings", changed)
        assert (await created(http, 10)).startswith(told)


async def test_head_answers_without_and_with_what_the_client_said(http: httpx.AsyncClient) -> None:
    said = "filename " + base64.b64encode(b"../../etc/passwd ").decode() + ",is_confidential"

    plain, named = await created(http, 10), await created(http, 10, **{"Upload-Metadata": said})

    assert "upload-metadata" not in (await http.head(plain, headers=TUS)).headers
    answer = await http.head(named, headers=TUS)
    assert answer.headers["upload-metadata"] == said
    assert answer.headers["upload-length"] == "10"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_first_bytes_may_come_with_the_creation(http: httpx.AsyncClient) -> None:
    photo = a_photo(1000)

    answer = await http.post("/v1/uploads", content=photo[:600], headers={**BYTES, "Upload-Length": "1000"})

    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "600")
    receipt = answer.json()
    assert (receipt["size"], receipt["media_type"], receipt["sha256"]) == (1000, None, None)
    assert answer.headers["location"].endswith(receipt["id"])
    assert (await sent(http, answer.headers["location"], photo[600:], 600)).status_code == 204


async def test_what_came_before_the_connection_broke_counts(app: FastAPI, http: httpx.AsyncClient) -> None:
    photo = a_photo(2 * PART_BYTES)
    location = await created(http, len(photo))

    class Gone(Exception):
        pass

    async def breaking() -> AsyncIterator[bytes]:
        yield photo[: PART_BYTES + 5000]
        raise Gone

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as phone:
        with pytest.raises(Gone):
            await phone.patch(location, content=breaking(), headers={**BYTES, "Upload-Offset": "0"})

    kept = await offset_of(http, location)
    assert kept >= PART_BYTES
    assert (await sent(http, location, photo[kept:], kept)).status_code == 204


async def test_a_later_request_takes_the_place_of_one_whose_phone_has_gone(
    http: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    photo = a_photo(2 * PART_BYTES)
    location = await created(http, len(photo))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        yield photo[:PART_BYTES]
        begun.set()
        await go_on.wait()
        yield photo[PART_BYTES:]

    first = asyncio.create_task(http.patch(location, content=hanging(), headers={**BYTES, "Upload-Offset": "0"}))
    await begun.wait()
    offset = 0
    while not offset:  # it is stored while we ask
        offset = await offset_of(other, location)
    assert (await sent(other, location, photo[offset : offset + 1000], offset)).status_code == 204
    go_on.set()

    assert code_of(await first) == (409, "wrong_offset")
    assert await offset_of(http, location) == offset + 1000
    assert (await sent(http, location, photo[offset + 1000 :], offset + 1000)).status_code == 204


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Upload-Offset": "1"}, (409, "wrong_offset")),
        ({"Upload-Offset": "-1"}, (400, "bad_upload_header")),
        ({"Upload-Offset": "many"}, (400, "bad_upload_header")),
        ({"Content-Type": "image/jpeg"}, (415, "bad_upload_type")),
        ({"Tus-Resumable": "0.2.2"}, (412, "tus_version")),
        ({"Upload-Checksum": "crc32 AAAA"}, (400, "bad_checksum")),
    ],
)
async def test_a_part_that_is_not_right_is_refused_and_changes_nothing(
    http: httpx.AsyncClient, store: Path, changes: dict[str, str], expected: tuple[int, str]
) -> None:
    location = await created(http, 1000)

    answer = await http.patch(location, content=a_photo(1000), headers={**BYTES, "Upload-Offset": "0", **changes})

    assert code_of(answer) == expected
    assert await offset_of(http, location) == 0
    assert stored(store) == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (400, "length_missing")),
        ({"Upload-Length": "0"}, (400, "length_missing")),
        ({"Upload-Length": "-5"}, (400, "bad_upload_header")),
        ({"Upload-Defer-Length": "1"}, (400, "length_missing")),
        ({"Upload-Length": str(50 * 2**20 + 1)}, (413, "file_too_large")),
        ({"Upload-Length": "10", "Upload-Metadata": "filename ####"}, (400, "bad_upload_metadata")),
        ({"Upload-Length": "10", "Tus-Resumable": "2.0.0"}, (412, "tus_version")),
    ],
)
async def test_what_cannot_become_a_file_is_refused_before_it_is_sent(
    http: httpx.AsyncClient, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code_of(await http.post("/v1/uploads", headers={**TUS, **headers})) == expected


async def test_a_file_of_the_largest_size_may_be_sent(http: httpx.AsyncClient) -> None:
    await created(http, 50 * 2**20)


async def test_an_endless_part_is_cut_where_the_file_ends(http: httpx.AsyncClient, store: Path) -> None:
    location = await created(http, 1000)

    async def endless() -> AsyncIterator[bytes]:
        yield a_photo(1000)
        while True:
            yield b"more"

    answer = await http.patch(location, content=endless(), headers={**BYTES, "Upload-Offset": "0"})

    assert code_of(answer) == (413, "longer_than_told")
    assert await offset_of(http, location) == 0
    assert stored(store) == []


async def test_what_is_no_evidence_is_refused_with_its_first_bytes_and_forgotten(
    http: httpx.AsyncClient, store: Path
) -> None:
    location = await created(http, 100_000, **{"Upload-Metadata": "filename " + base64.b64encode(b"a.jpg").decode()})

    answer = await sent(http, location, b"<svg onload='alert(1)'>" + bytes(50_000))

    assert code_of(answer) == (422, "unsupported_file")
    assert code_of(await http.get(location)) != (200, "")
    assert (await http.head(location, headers=TUS)).status_code == 404
    assert stored(store) == []


async def test_a_checksum_that_fits_makes_a_part_count_and_another_none_of_it(
    http: httpx.AsyncClient, store: Path
) -> None:
    photo = a_photo(PART_BYTES + 1000)
    location = await created(http, len(photo))
    right = "sha256 " + base64.b64encode(hashlib.sha256(photo).digest()).decode()

    wrong = await sent(http, location, photo[:-1] + b"x", headers={"Upload-Checksum": right})

    assert wrong.status_code == 460
    assert wrong.json()["code"] == "checksum_mismatch"
    assert (await offset_of(http, location), stored(store)) == (0, [])
    assert (await sent(http, location, photo, headers={"Upload-Checksum": right})).status_code == 204
    assert await offset_of(http, location) == len(photo)


async def test_a_proxy_that_lets_no_patch_through_is_got_around(http: httpx.AsyncClient) -> None:
    photo = a_photo(1000)
    location = await created(http, 1000)

    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert (await http.post(location, content=photo, headers=headers)).status_code == 204


async def test_an_upload_is_seen_by_its_owner_alone(http: httpx.AsyncClient) -> None:
    account = {**APP, "X-Reporter-Reference": "akun-1"}
    location = await created(http, 1000, **account)

    for stranger in ({}, APP, OTHER_APP, {**APP, "X-Reporter-Reference": "akun-2"}):
        assert (await http.head(location, headers={**TUS, **stranger})).status_code == 404
        assert code_of(await sent(http, location, b"x", headers=stranger)) == (404, "unknown_upload")
        assert (await http.delete(location, headers={**TUS, **stranger})).status_code == 404
    assert await offset_of(http, location, **account) == 0


async def test_who_neither_reports_nor_works_on_reports_sends_no_files(http: httpx.AsyncClient) -> None:
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.IDENTITY_CUSTODIAN):
        answer = await http.post("/v1/uploads", headers={**TUS, "Upload-Length": "10", **bearer(role)})
        assert code_of(answer) == (403, "forbidden")


async def test_an_upload_that_was_given_up_leaves_nothing(http: httpx.AsyncClient, store: Path) -> None:
    location = await created(http, 1000)
    await sent(http, location, a_photo(400))

    assert (await http.delete(location, headers=TUS)).status_code == 204

    assert stored(store) == []
    assert (await http.head(location, headers=TUS)).status_code == 404


async def test_an_upload_is_over_when_its_hours_are(http: httpx.AsyncClient, now: Clock) -> None:
    location = await created(http, 1000)

    now.now += timedelta(hours=48) - timedelta(seconds=1)
    assert await offset_of(http, location) == 0
    now.now += timedelta(seconds=1)
    assert (await http.head(location, headers=TUS)).status_code == 404


async def test_while_the_store_is_away_nothing_counts_and_afterwards_it_goes_on(
    app: FastAPI, http: httpx.AsyncClient, store: Path
) -> None:
    photo = a_photo(2 * PART_BYTES)
    location = await created(http, len(photo))
    await sent(http, location, photo[:PART_BYTES])
    there = app.state.files.store
    blocked = store / "blocked"
    blocked.write_text("in the way")
    app.state.files.store = Store(lambda: LocalStore(blocked))

    answer = await sent(http, location, photo[PART_BYTES:], PART_BYTES)

    assert code_of(answer) == (503, "evidence_store_away")
    assert "retry-after" in answer.headers
    app.state.files.store = there
    assert await offset_of(http, location) == PART_BYTES
    assert (await sent(http, location, photo[PART_BYTES:], PART_BYTES)).status_code == 204


async def test_what_could_not_be_put_together_is_when_it_is_asked_for(
    app: FastAPI, http: httpx.AsyncClient, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last part is stored, and then the store is away."""
    photo = a_photo(1000)
    location = await created(http, len(photo))
    files = app.state.files
    with monkeypatch.context() as away:
        away.setattr(files.store, "put_stream", Store(lambda: LocalStore(store / "nowhere" / "x")).put_stream)
        answer = await sent(http, location, photo)
        assert code_of(answer) == (503, "evidence_store_away")
        assert (await http.head(location, headers=TUS)).status_code == 503

    assert await offset_of(http, location) == len(photo)
    assert len(stored(store, "files")) == 1


async def test_however_many_ask_at_once_a_whole_file_is_put_together_once(
    app: FastAPI, http: httpx.AsyncClient, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = a_photo()
    location = await created(http, len(photo))
    files = app.state.files
    puts: list[int] = []
    bring_in = files.bring_in

    async def fails(content: Any) -> Any:
        raise StoreTrouble("away")

    async def counted(content: Any) -> Any:
        puts.append(1)
        await asyncio.sleep(0.05)
        return await bring_in(content)

    monkeypatch.setattr(files, "bring_in", fails)
    assert (await sent(http, location, photo)).status_code == 503
    monkeypatch.setattr(files, "bring_in", counted)

    offsets = await asyncio.gather(*(offset_of(http, location) for _ in range(8)))

    assert (offsets, len(puts)) == ([len(photo)] * 8, 1)
    assert len(stored(store, "files")) == 1


async def test_a_request_that_sends_for_too_long_gives_up_its_place_and_what_came_counts(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = a_photo()
    location = await created(http, len(photo))
    minutes, passed = app.state.settings.upload_minutes, 0.0
    monkeypatch.setattr(bodies, "time", SimpleNamespace(monotonic=lambda: passed))

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal passed
        for at in range(0, len(photo), PART_BYTES):
            yield photo[at : at + PART_BYTES]
            passed += 60 * minutes

    answer = await http.patch(location, content=slowly(), headers={**BYTES, "Upload-Offset": "0"})

    assert answer.status_code == 204
    assert int(answer.headers["upload-offset"]) == await offset_of(http, location) == 3 * PART_BYTES < len(photo)
