"""Content stored once, found by its digest."""

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries
from intake_api.evidence.sealing import CHUNK_BYTES, SEALED_BYTES, FileKey, chunks_of, last_chunk, sealed_size
from intake_api.evidence.store import Store, StoreTrouble, troubles
from shared.clock import utc_now
from shared.keys.held import Keys
from shared.schema import StoredFile

logger = logging.getLogger(__name__)

#: So many files are put together at once; each takes two parts of an S3's object.
_AT_ONCE = 3
#: Chunks that go into the store, or come from it, in one call.
_CHUNKS_AT_ONCE = 8
TABLE = StoredFile.__tablename__


@dataclass(frozen=True, slots=True)
class Content:
    """What was stored and no row knows yet: `Files.keep` makes it a file."""

    digest: bytes
    size: int
    location: str
    key: FileKey


class Files:
    """Raises Unavailable while the store or a key is away, whatever is asked."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self.store = store
        self._keys = keys
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def bring_in(self, content: AsyncIterator[bytes]) -> Content:
        """Store what is not empty, and is here already: nobody else has its place meanwhile. If nobody keeps it, it is
        collected.
        """
        sealing = self._sealing()
        return await self._put(sealing, sealing.of(content))

    async def bring_in_slowly(self, content: AsyncIterator[bytes]) -> Content:
        """The same of what somebody is still sending, who may take hours: it waits sealed on this machine, in a file
        without a name, and takes a place only once it is whole.
        """
        sealing = self._sealing()
        with tempfile.TemporaryFile() as waiting:
            async for piece in sealing.of(content):
                with troubles():
                    waiting.write(piece)
            return await self._put(sealing, _read_again(waiting))

    def _sealing(self) -> "_Sealing":
        id = uuid4()
        return _Sealing(f"files/{id.hex[:2]}/{id.hex}", FileKey.new(self._keys, TABLE, id))

    async def _put(self, sealing: "_Sealing", sealed: AsyncIterator[bytes]) -> Content:
        async with self._places:
            await self.store.put_stream(sealing.location, sealed)
        return Content(sealing.digest.digest(), sealing.size, sealing.location, sealing.key)

    async def keep(self, session: AsyncSession, brought: Content) -> bool:
        """Make it a file, which nobody collects before this transaction ends. False: there was one of this content,
        and what was brought is needed no more.
        """
        while True:
            key = brought.key
            if await queries.add_file(
                session, brought.digest, size=brought.size, location=brought.location, wrapped_key=key.wrapped,
                key_id=key.key_id, now=utc_now(),
            ):  # fmt: skip
                return True
            if await queries.hold_file(session, brought.digest):
                return False  # else it was collected in between

    async def mend(self, known: StoredFile, brought: Content) -> None:
        """What was brought is known: it goes, once what is known is in its place. A file that the store has lost, or
        has a part of, is sealed anew under its own key, which is good for this content alone.
        """
        if await self.store.size(known.location) != sealed_size(known.size):
            again = StoredFile(
                digest=brought.digest, size=brought.size, location=brought.location, wrapped_key=brought.key.wrapped,
                key_id=brought.key.key_id,
            )  # fmt: skip
            key = self._key_of(known)
            async with self._places:
                await self.store.put_stream(known.location, _Sealing(known.location, key).of(self.read(again)))
            logger.warning("a file that was lost in the store is there again")
        await self.store.discard([brought.location])

    def _key_of(self, file: StoredFile) -> FileKey:
        return FileKey.open(self._keys, TABLE, id_of(file.location), file.key_id, file.wrapped_key)

    def read(self, file: StoredFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`."""
        return self._read(file, self._key_of(file), start, file.size if end is None else min(end, file.size))

    async def _read(self, file: StoredFile, key: FileKey, start: int, end: int) -> AsyncIterator[bytes]:
        last, number = last_chunk(file.size), start // CHUNK_BYTES
        while number * CHUNK_BYTES < end:
            behind = min(number + _CHUNKS_AT_ONCE, (end - 1) // CHUNK_BYTES + 1)
            try:
                sealed = await self.store.get_range(
                    file.location, number * SEALED_BYTES, min(behind * SEALED_BYTES, sealed_size(file.size))
                )
            except FileNotFoundError:
                raise StoreTrouble(
                    "This file is not in its store; have an operator restore it from a backup.", code="evidence_lost"
                ) from None
            for place in range(number, behind):
                offset = (place - number) * SEALED_BYTES
                chunk = key.open_chunk(place, sealed[offset : offset + SEALED_BYTES], last=place == last)
                begins = place * CHUNK_BYTES
                yield chunk[max(start - begins, 0) : max(end - begins, 0)]
            number = behind


def id_of(location: str) -> UUID:
    """What the key of a file is bound to."""
    return UUID(location.rpartition("/")[2])


class _Sealing:
    """Seals one content on its way, and finds out what it is."""

    def __init__(self, location: str, key: FileKey) -> None:
        self.location = location
        self.key = key
        self.digest, self.size = hashlib.sha256(), 0

    async def of(self, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        number, waiting = 0, bytearray()
        async for chunk, last in chunks_of(content):
            self.digest.update(chunk)
            self.size += len(chunk)
            waiting += self.key.seal_chunk(number, chunk, last=last)
            number += 1
            if last or number % _CHUNKS_AT_ONCE == 0:
                yield bytes(waiting)
                waiting.clear()


async def _read_again(waiting: BinaryIO) -> AsyncIterator[bytes]:
    waiting.seek(0)
    while piece := waiting.read(_CHUNKS_AT_ONCE * SEALED_BYTES):
        yield piece
