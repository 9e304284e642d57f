"""Files lie in a real S3, which goes away in the middle. `make faults`."""

import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from obstore import list as listed

from intake_api.evidence.store import Store, StoreTrouble
from intake_api.uploads.arriving import PART_BYTES
from tests.effort import THOROUGH
from tests.intake_api.helpers import code_of
from tests.intake_api.uploads.helpers import BYTES, a_photo, created, offset_of, sent
from tests.seaweed import ABSENT, PROGRAM, Seaweed, seaweed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not THOROUGH, reason="`make faults` starts a real S3"),
    pytest.mark.skipif(PROGRAM is None, reason=ABSENT),
]

#: Longer than the store tries again, and far shorter than a phone waits.
SOON_SECONDS = 45.0


@pytest.fixture
async def s3(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seaweed]:
    async with seaweed(tmp_path_factory.mktemp("s3")) as there:
        yield there


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1_000_000):
        yield content[start : start + 1_000_000]


def _everything(s3: Seaweed) -> list[str]:
    return sorted(one["path"] for found in listed(s3.client()) for one in found if one["path"] != "ready")


async def test_what_was_put_is_got_in_whole_and_in_part_listed_and_removed(s3: Seaweed) -> None:
    store, large = Store.of(s3.settings), os.urandom(12_345_678)

    await store.put("uploads/a", b"sealed")
    await store.put_stream("files/ab/large", _pieces(large))

    assert await store.get("uploads/a") == b"sealed"
    assert await store.get("files/ab/large") == large
    for start, end in ((0, 1), (5_242_879, 5_242_881), (12_345_677, 12_345_678)):
        assert await store.get_range("files/ab/large", start, end) == large[start:end]
    assert [item.path for batch in [one async for one in store.list("files")] for item in batch] == ["files/ab/large"]
    await store.put("uploads/a", b"anew")
    assert await store.get("uploads/a") == b"anew"
    await store.remove(["uploads/a", "files/ab/large", "never/there"])
    assert _everything(s3) == []
    with pytest.raises(FileNotFoundError):
        await store.get("uploads/a")
    with pytest.raises(FileNotFoundError):
        await store.get_range("uploads/a", 0, 1)


async def test_what_was_not_streamed_to_its_end_is_not_there(s3: Seaweed) -> None:
    store = Store.of(s3.settings)

    async def killed() -> AsyncIterator[bytes]:
        async for piece in _pieces(os.urandom(12_000_000)):
            yield piece
        s3.kill()
        yield b"the rest"

    began = time.monotonic()
    with pytest.raises(StoreTrouble) as trouble:
        await store.put_stream("files/ab/large", killed())
    assert trouble.value.code == "evidence_store_away"
    assert time.monotonic() - began < SOON_SECONDS
    await s3.start()
    assert _everything(s3) == []

    async def failing() -> AsyncIterator[bytes]:
        async for piece in _pieces(os.urandom(12_000_000)):
            yield piece
        raise StoreTrouble("A part is away.")

    with pytest.raises(StoreTrouble):
        await store.put_stream("files/ab/large", failing())
    assert _everything(s3) == []


async def test_a_file_goes_on_after_its_store_was_away(
    app: FastAPI, http: httpx.AsyncClient, s3: Seaweed, tmp_path: Path
) -> None:
    app.state.files.store = Store.of(s3.settings)
    photo = a_photo(10 * PART_BYTES + 7)
    location = await created(http, len(photo))

    async def away_amid() -> AsyncIterator[bytes]:
        yield photo[: 4 * PART_BYTES]
        s3.kill()
        yield photo[4 * PART_BYTES :]

    began = time.monotonic()
    answer = await http.patch(location, content=away_amid(), headers={**BYTES, "Upload-Offset": "0"})
    assert code_of(answer) == (503, "evidence_store_away")
    assert "retry-after" in answer.headers
    assert time.monotonic() - began < SOON_SECONDS
    offset = await offset_of(http, location)
    assert 0 < offset <= 4 * PART_BYTES

    await s3.start()
    assert (await sent(http, location, photo[offset:], offset)).status_code == 204
    found = (await http.get(location)).json()
    assert (found["received"], found["sha256"]) == (len(photo), hashlib.sha256(photo).hexdigest())
    (whole,) = _everything(s3)
    assert whole.startswith("lapor/files/")
