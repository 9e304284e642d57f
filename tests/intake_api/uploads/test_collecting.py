"""What nobody needs any more goes, from the tables and from the store; what somebody needs stays."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import LocalStore
from sqlalchemy import insert, select, update

from intake_api.evidence.files import Content, Files
from intake_api.evidence.sealing import FileKey
from intake_api.evidence.store import Store
from intake_api.uploads import collecting
from intake_api.uploads.arriving import TABLE, new_row
from intake_api.uploads.collecting import collect, sweep
from shared.clock import utc_now
from shared.database import Sessions
from shared.keys.held import Keys
from shared.schema import StoredFile, Upload
from tests.factories import settings
from tests.intake_api.evidence.test_files import joined, pieces
from tests.intake_api.uploads.helpers import stored

KEYS = Keys(settings("postgresql://nowhere/nothing"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Store(lambda: LocalStore(tmp_path)), KEYS)


async def kept(sessions: Sessions, files: Files, content: bytes, *, at: datetime) -> Content:
    brought = await files.bring_in(pieces(content))
    async with sessions.begin() as session:
        await files.keep(session, brought)
        where = StoredFile.digest == brought.digest
        await session.execute(update(StoredFile).where(where).values(stored_at=at))
    return brought


async def under_way(
    sessions: Sessions, files: Files, *, expires_at: datetime, digest: bytes | None = None, part: str = "0-part"
) -> Upload:
    id = uuid4()
    key = FileKey.new(KEYS, TABLE, id)
    row = new_row(id, key, owned={}, length=10, now=expires_at - DAY, expires_at=expires_at)
    parts = [] if digest else [part]
    for name in parts:
        await files.store.put(f"uploads/{id}.{name}", key.seal_part(0, b"begin"))
    async with sessions.begin() as session:
        await session.execute(insert(Upload).values({**row, "parts": parts, "file_digest": digest}))
        return (await session.scalars(select(Upload).where(Upload.id == id))).one()


async def test_uploads_go_when_their_time_is_over_and_their_files_a_day_after_they_came(
    sessions: Sessions, files: Files, tmp_path: Path
) -> None:
    now = utc_now()
    over = await under_way(sessions, files, expires_at=now - HOUR)
    going_on = await under_way(sessions, files, expires_at=now + HOUR)
    old, young = now - DAY - HOUR, now - DAY + HOUR
    named = await kept(sessions, files, b"named", at=old)
    await under_way(sessions, files, expires_at=now + HOUR, digest=named.digest)
    forgotten = await kept(sessions, files, b"forgotten", at=old)
    await under_way(sessions, files, expires_at=now - HOUR, digest=forgotten.digest)
    new = await kept(sessions, files, b"new", at=young)

    collected = await collect(sessions, files.store, now=now, batch=1)

    assert (collected.uploads, collected.files) == (2, 1)
    assert stored(tmp_path) == sorted([named.location, new.location, f"uploads/{going_on.id}.0-part"])
    async with sessions() as session:
        assert over.id not in set(await session.scalars(select(Upload.id)))
    again = await collect(sessions, files.store, now=now)
    assert (again.uploads, again.files) == (0, 0)


async def test_what_another_transaction_holds_is_passed_over(sessions: Sessions, files: Files) -> None:
    now = utc_now()
    brought = await kept(sessions, files, b"comes again", at=now - 2 * DAY)
    again = await files.bring_in(pieces(b"comes again"))

    async with sessions.begin() as session:
        assert await files.keep(session, again) is False
        collected = await collect(sessions, files.store, now=now)

    assert collected.files == 0
    async with sessions() as session:
        assert await session.get(StoredFile, brought.digest) is not None


async def test_objects_that_no_row_knows_are_swept_after_a_day(
    sessions: Sessions, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    upload = await under_way(sessions, files, expires_at=now + HOUR)
    known = await kept(sessions, files, b"known", at=now)
    lost = await files.bring_in(pieces(b"killed before the commit"))
    await files.store.put(f"uploads/{upload.id}.1-writer", b"never counted")
    await files.store.put("uploads/README", b"somebody else's")

    monkeypatch.setattr(collecting, "MOST_UNKNOWN", 1)
    assert await sweep(sessions, files.store, now=now + 2 * DAY) == 2
    assert lost.location not in stored(tmp_path)
    assert {known.location, f"uploads/{upload.id}.0-part", "uploads/README"} == set(stored(tmp_path))


async def test_what_came_within_the_day_is_spared(sessions: Sessions, files: Files, tmp_path: Path) -> None:
    brought = await files.bring_in(pieces(b"on its way"))

    assert await sweep(sessions, files.store, now=utc_now() + DAY - HOUR) == 0
    assert stored(tmp_path) == [brought.location]


async def test_a_store_of_another_database_is_left_alone(
    sessions: Sessions, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST_UNKNOWN", 1)
    for content in (b"one", b"two"):
        await files.bring_in(pieces(content))

    assert await sweep(sessions, files.store, now=utc_now() + 2 * DAY) == 0
    assert len(stored(tmp_path)) == 2


async def test_a_lost_file_is_mended_when_somebody_sends_the_same(
    sessions: Sessions, files: Files, tmp_path: Path
) -> None:
    content = os.urandom(300_000)
    first = await kept(sessions, files, content, at=utc_now())
    async with sessions() as session:
        known = await session.get_one(StoredFile, first.digest)
    path = tmp_path / known.location
    for left in (None, path.read_bytes()[:-5]):
        path.unlink()
        if left is not None:
            path.write_bytes(left)
        await files.mend(known, await files.bring_in(pieces(content)))

        assert await joined(files.read(known)) == content
        assert stored(tmp_path) == [known.location]
