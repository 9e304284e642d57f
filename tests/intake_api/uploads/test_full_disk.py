"""The disk of the store is full amid a file. `make faults`, by root: it mounts a file system of a few MiB."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from obstore.store import LocalStore

from intake_api.evidence.store import Store
from intake_api.uploads.arriving import PART_BYTES
from tests.effort import THOROUGH
from tests.intake_api.helpers import code_of
from tests.intake_api.uploads.helpers import a_photo, created, offset_of, sent, stored

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not THOROUGH, reason="`make faults` fills a disk"),
]


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory, app: FastAPI) -> Iterator[Path]:
    """Of 3 MiB: six parts with what the file system needs do not fit."""
    folder = tmp_path_factory.mktemp("disk")
    if os.geteuid() != 0 or not _mounted(folder, "size=3m"):
        pytest.skip("Only root, where mounting is allowed, can try a disk that is full.")
    app.state.files.store = Store(lambda: LocalStore(folder))
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def _mounted(folder: Path, options: str) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    return done.returncode == 0


def _leaves_room(folder: Path) -> None:
    assert _mounted(folder, "remount,size=40m")


async def test_a_file_that_finds_the_disk_full_goes_on_when_there_is_room(http: httpx.AsyncClient, disk: Path) -> None:
    photo = a_photo(8 * PART_BYTES + 7)
    location = await created(http, len(photo))

    assert code_of(await sent(http, location, photo)) == (503, "evidence_store_full")

    offset = await offset_of(http, location)
    assert offset == 5 * PART_BYTES
    assert len(stored(disk)) == 5  # nothing of the part that did not fit
    assert code_of(await sent(http, location, photo[offset:], offset)) == (503, "evidence_store_full")
    assert (await offset_of(http, location), len(stored(disk))) == (offset, 5)
    _leaves_room(disk)
    assert (await sent(http, location, photo[offset:], offset)).status_code == 204
    await _check_whole(http, location, photo, disk)


async def test_a_file_that_cannot_be_put_together_is_when_there_is_room(http: httpx.AsyncClient, disk: Path) -> None:
    """Its parts fit, and it does not besides them."""
    photo = a_photo(5 * PART_BYTES)
    location = await created(http, len(photo))

    assert code_of(await sent(http, location, photo)) == (503, "evidence_store_full")

    assert len(stored(disk)) == 5
    assert (await http.get(location)).json()["sha256"] is None
    _leaves_room(disk)
    assert await offset_of(http, location) == len(photo)
    await _check_whole(http, location, photo, disk)


async def test_a_form_that_finds_the_disk_full_leaves_nothing(http: httpx.AsyncClient, disk: Path) -> None:
    photo = a_photo(8 * PART_BYTES)

    answer = await http.post("/v1/uploads", files={"file": ("foto.jpg", photo)})

    assert code_of(answer) == (503, "evidence_store_full")
    assert stored(disk) == []
    _leaves_room(disk)
    assert (await http.post("/v1/uploads", files={"file": ("foto.jpg", photo)})).status_code == 201


async def _check_whole(http: httpx.AsyncClient, location: str, photo: bytes, disk: Path) -> None:
    found = (await http.get(location)).json()
    assert (found["received"], found["sha256"]) == (len(photo), hashlib.sha256(photo).hexdigest())
    (whole,) = stored(disk)
    assert whole.startswith("files/")
