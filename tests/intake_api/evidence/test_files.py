"""Files as they are kept: once, sealed, and read in parts."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from obstore.store import LocalStore
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries
from intake_api.evidence.files import Content, Files
from intake_api.evidence.kinds import kind_of
from intake_api.evidence.sealing import CHUNK_BYTES
from intake_api.evidence.store import Store, StoreTrouble
from shared.errors import Unavailable
from shared.keys.held import Keys
from shared.schema import StoredFile
from tests.factories import settings

KEYS = Keys(settings("postgresql://nowhere/nothing"))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Store(lambda: LocalStore(tmp_path)), KEYS)


async def pieces(content: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def joined(content: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in content])


def row(brought: Content) -> StoredFile:
    key = brought.key
    return StoredFile(
        digest=brought.digest, size=brought.size, location=brought.location, key_id=key.key_id, wrapped_key=key.wrapped
    )


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 20 * CHUNK_BYTES, 2_700_001])
async def test_what_was_stored_is_read_whole_and_in_parts(files: Files, size: int) -> None:
    content = os.urandom(size)

    file = row(await files.bring_in(pieces(content)))

    assert file.size == size
    assert await joined(files.read(file)) == content
    middle = min(CHUNK_BYTES, size) - 1
    for start, end in ((0, 1), (middle, middle + 2), (size - 1, size), (size // 2, size), (0, size + 10)):
        assert await joined(files.read(file, start, end)) == content[start:end]


async def test_nothing_of_the_content_lies_in_the_store_in_clear(files: Files, tmp_path: Path) -> None:
    await files.bring_in(pieces(b"Jalan Antasari " * 20_000))

    (stored,) = (path for path in tmp_path.rglob("*") if path.is_file())

    assert b"Antasari" not in stored.read_bytes()


@pytest.mark.parametrize("harm", ["change", "cut", "swap"])
async def test_content_that_was_changed_in_the_store_does_not_open(files: Files, tmp_path: Path, harm: str) -> None:
    file = row(await files.bring_in(pieces(os.urandom(3 * CHUNK_BYTES))))
    path = tmp_path / file.location
    sealed = path.read_bytes()
    third = len(sealed) // 3
    harmed = {
        "change": bytes([sealed[0] ^ 1]) + sealed[1:],
        "cut": sealed[:-third],
        "swap": sealed[third : 2 * third] + sealed[:third] + sealed[2 * third :],
    }
    path.write_bytes(harmed[harm])

    with pytest.raises(Unavailable):
        await joined(files.read(file))


async def test_what_is_lost_in_the_store_is_told(files: Files, tmp_path: Path) -> None:
    file = row(await files.bring_in(pieces(b"photo")))
    (tmp_path / file.location).unlink()

    with pytest.raises(StoreTrouble) as trouble:
        await joined(files.read(file))
    assert trouble.value.code == "evidence_lost"


async def test_content_that_ends_in_the_middle_leaves_nothing(files: Files, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield os.urandom(8 * 2**20)
        raise ConnectionResetError

    with pytest.raises((ConnectionResetError, Unavailable)):
        await files.bring_in(broken())

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_store_that_cannot_be_written_is_a_trouble_to_come_back_after(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.write_text("in the way")
    files = Files(Store(lambda: LocalStore(folder, mkdir=True)), KEYS)

    with pytest.raises(StoreTrouble) as trouble:
        await files.bring_in(pieces(b"photo"))
    assert trouble.value.headers == {"Retry-After": "5"}


async def test_the_same_content_is_kept_once(files: Files, session: AsyncSession) -> None:
    first, second = await files.bring_in(pieces(b"photo")), await files.bring_in(pieces(b"photo"))

    assert first.location != second.location
    assert await files.keep(session, first) is True
    assert await files.keep(session, second) is False
    kept = await queries.file_of(session, second.digest)
    assert kept is not None
    assert await joined(files.read(kept)) == b"photo"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00<html>", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00", "image/heic"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "video/mp4"),
        (b"\x00\x00\x00\x14ftyp3gp5\x00\x00\x02\x00", "video/3gpp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b" \xff\xd8\xff", None),
        (b"", None),
    ],
)
def test_a_file_is_what_it_begins_with(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind
