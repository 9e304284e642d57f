"""Files on their way in. One `Uploads` for each process; what it knows of an upload stands in the tables."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries as evidence
from intake_api.evidence.files import Content, Files
from intake_api.evidence.kinds import HEAD_BYTES, kind_of
from intake_api.evidence.sealing import FileKey
from intake_api.uploads import arriving, queries, tus
from intake_api.uploads.arriving import Arriving, NotEvidence, Steps, check_known
from intake_api.uploads.one_at_a_time import OneAtATime
from intake_api.uploads.owners import Uploader, unknown_upload
from intake_api.uploads.tus import Answered, Headers
from shared.database import Sessions
from shared.errors import Conflict, DomainError
from shared.http.door.bodies import MIB, BodyTooLarge
from shared.http.door.turns import Turns
from shared.http.limits.counters import Counters, Drawn
from shared.keys.held import Keys
from shared.schema import StoredFile, Upload
from shared.settings import IntakeSettings

TABLE = Upload.__tablename__
#: Its place among the parts that an upload seals.
_NOTE = -1


@dataclass(frozen=True, slots=True)
class For:
    """The report that an upload is for, and by what right. Nothing: its owner says it later."""

    report_id: UUID | None = None
    proof: str | None = None


class Uploads:
    def __init__(
        self, files: Files, keys: Keys, sessions: Callable[[], Sessions], turns: Turns, counters: Counters,
        settings: IntakeSettings,
    ) -> None:  # fmt: skip
        self.files = files
        self.most = settings.evidence_mib * MIB
        self._keys = keys
        self._sessions = sessions
        self._turns = turns
        self._counters = counters
        self._kept = timedelta(hours=settings.upload_hours)
        self._assembling = OneAtATime()

    def steps(self, caller: object) -> Steps:
        """Transactions of one caller, each for as long as it takes and no longer."""

        @asynccontextmanager
        async def step() -> AsyncIterator[AsyncSession]:
            await self._turns.take(caller)
            try:
                async with self._sessions().begin() as session:
                    yield session
            finally:
                self._turns.leave()

        return step

    async def create(
        self, uploader: Uploader, headers: Headers, wanted: For, *, base: str, now: datetime
    ) -> tuple[UUID, Answered]:
        """Raises Forbidden, TusError, LimitReached; then there is no upload."""
        tus.check_version(headers)
        uploader.check()
        async with self._drawn(uploader):
            id, answered = await tus.create(_Creating(self, uploader, wanted, now), headers, base=base, most=self.most)
        return id, Answered(answered.status, {**answered.headers, **_expires(now + self._kept)})

    async def open(self, uploader: Uploader, upload_id: UUID, *, now: datetime) -> Arriving:
        """Raises NotFound for what is over, or another's."""
        steps = self.steps(uploader.caller)
        async with steps() as session:
            found = await queries.find(session, upload_id)
        row = uploader.check_owns(check_known(found, now))
        return Arriving(row, self._key_of(row), self.files, steps)

    async def head(self, it: Arriving, headers: Headers, *, base: str, now: datetime) -> Answered:
        """Also puts together what is whole, where that failed when the last part came."""
        tus.check_version(headers)
        await self.finish(it, now=now)
        answered = await tus.head(it, headers, metadata=_note_of(it).metadata, base=base)
        return Answered(answered.status, {**answered.headers, **_expires(it.row.expires_at)})

    async def append(
        self, it: Arriving, headers: Headers, body: AsyncIterator[bytes], *, base: str, now: datetime
    ) -> Answered:
        try:
            answered = await tus.append(it, headers, body, base=base, most=self.most)
            await self.finish(it, now=now)
        except NotEvidence:
            await self.remove(it)
            raise
        return Answered(answered.status, {**answered.headers, **_expires(it.row.expires_at)})

    async def remove(self, it: Arriving) -> None:
        """Nothing of it is kept, but for what it has become evidence of."""
        async with it.steps() as session:
            await queries.remove(session, it.row.id)
        await it.forget()
        await arriving.removed(self.files, it.row.id, it.row.parts)

    async def finish(self, it: Arriving, *, now: datetime) -> None:
        """Put together what is whole. Raises NotEvidence, StoreTrouble; it is tried again when somebody asks."""
        row = it.row
        if row.file_digest is not None or row.received != row.length:
            return
        async with self._assembling.of(row.id) as others:
            if others:  # who were before us have put it together, or have tried
                async with it.steps() as session:
                    it.row = row = check_known(await queries.find(session, row.id), now)
                if row.file_digest is not None:
                    return
            await self._put_together(it, now)

    async def _put_together(self, it: Arriving, now: datetime) -> None:
        row = it.row
        brought, kind = await self._bring_in(it.content(), self.files.bring_in)
        expires_at = now + self._kept
        async with it.steps() as session:
            kept = await self.files.keep(session, brought)
            if not await queries.finish(session, row.id, brought.digest, kind, expires_at):
                raise unknown_upload()
            known = None if kept else await evidence.file_of(session, brought.digest)
        await self._settle(known, brought)
        await arriving.removed(self.files, row.id, row.parts)
        row.file_digest, row.media_type, row.expires_at, row.parts = brought.digest, kind, expires_at, []

    async def take_in(self, uploader: Uploader, content: AsyncIterator[bytes], wanted: For, *, now: datetime) -> Upload:
        """A whole file at once. Raises Forbidden, NotEvidence, BodyTooLarge, LimitReached; then nothing is kept."""
        uploader.check()
        id = uuid4()
        key = FileKey.new(self._keys, TABLE, id)
        async with self._drawn(uploader):
            brought, kind = await self._bring_in(content, self.files.bring_in_slowly)
        expires_at = now + self._kept
        row = self._row(id, key, uploader, wanted, brought.size, now) | {
            "received": brought.size, "file_digest": brought.digest, "media_type": kind,
        }  # fmt: skip
        async with self.steps(uploader.caller)() as session:
            kept = await self.files.keep(session, brought)
            await queries.add(session, row)
            known = None if kept else await evidence.file_of(session, brought.digest)
        await self._settle(known, brought)
        return Upload(**row | {"expires_at": expires_at})

    async def _bring_in(
        self, content: AsyncIterator[bytes], bring_in: Callable[[AsyncIterator[bytes]], Awaitable[Content]]
    ) -> tuple[Content, str]:
        looked = _Looked(self.most)
        brought = await bring_in(looked.at(content))
        assert looked.kind is not None
        return brought, looked.kind

    async def _settle(self, known: StoredFile | None, brought: Content) -> None:
        """`known`: there was a file of this content already."""
        if known is not None:
            with contextlib.suppress(DomainError):  # what was brought is collected later
                await self.files.mend(known, brought)

    @asynccontextmanager
    async def _drawn(self, uploader: Uploader) -> AsyncIterator[None]:
        """Counted as a file of whoever sends it, unless nothing comes of it. Raises LimitReached."""
        drawn: Drawn | None = None
        if uploader.client is None or self._counters.hold_for(uploader.client):
            drawn = await self._counters.count_nearly(*uploader.counted())
        try:
            yield
        except BaseException:
            if drawn is not None:
                drawn.give_back()
            raise

    async def store_new(
        self, uploader: Uploader, wanted: For, id: UUID, length: int, metadata: str, now: datetime
    ) -> None:
        key = FileKey.new(self._keys, TABLE, id)
        row = self._row(id, key, uploader, wanted, length, now, metadata)
        async with self.steps(uploader.caller)() as session:
            await queries.add(session, row)

    def _row(
        self, id: UUID, key: FileKey, uploader: Uploader, wanted: For, length: int, now: datetime, metadata: str = ""
    ) -> dict[str, Any]:
        return {
            "id": id, "length": length, "wrapped_key": key.wrapped, "key_id": key.key_id, "created_at": now,
            "expires_at": now + self._kept, "report_id": wanted.report_id, **uploader.owned(),
            "metadata_sealed": key.seal_part(_NOTE, _Note(metadata, wanted.proof).as_bytes()),
        }  # fmt: skip

    def _key_of(self, row: Upload) -> FileKey:
        return FileKey.open(self._keys, TABLE, row.id, row.key_id, row.wrapped_key)

    def wanted_of(self, it: Arriving) -> For:
        """What it was created for."""
        return For(it.row.report_id, _note_of(it).proof)


class _Note(NamedTuple):
    """What is sealed of an upload besides its content."""

    metadata: str
    proof: str | None

    def as_bytes(self) -> bytes:
        return json.dumps(self).encode()


def _note_of(it: Arriving) -> _Note:
    sealed = it.row.metadata_sealed
    return _Note("", None) if sealed is None else _Note(*json.loads(it.key.open_part(_NOTE, sealed)))


@dataclass(frozen=True, slots=True)
class _Creating:
    uploads: Uploads
    uploader: Uploader
    wanted: For
    now: datetime

    async def create(self, id: UUID, length: int, metadata: str) -> None:
        await self.uploads.store_new(self.uploader, self.wanted, id, length, metadata, self.now)


class _Looked:
    """Content on its way into the store, refused as soon as it is known to be none of ours."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.kind: str | None = None

    async def at(self, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Raises NotEvidence, BodyTooLarge."""
        head, size = b"", 0
        async for piece in content:
            size += len(piece)
            if size > self._most:
                raise BodyTooLarge(self._most)
            if self.kind is not None:
                yield piece
                continue
            head += piece
            if len(head) >= HEAD_BYTES:
                self._look(head)
                yield head
        if self.kind is None:
            self._look(head)
            yield head

    def _look(self, head: bytes) -> None:
        self.kind = kind_of(head[:HEAD_BYTES])
        if self.kind is None:
            raise NotEvidence


def whole(row: Upload) -> Upload:
    """Raises Conflict for what has not arrived yet."""
    if row.file_digest is None:
        raise Conflict(
            f"Of this upload {row.received} of {row.length} bytes have arrived; send the rest first.",
            code="upload_is_not_whole",
        )
    return row


def _expires(at: datetime) -> dict[str, str]:
    return {"Upload-Expires": at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
