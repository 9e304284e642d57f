"""One upload while parts of it arrive. What a part brings is stored before the upload counts it, so that nothing is
promised that a `kill -9` could take.

No connection to the database is held while a file is under way: each step is a transaction of its own.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence.files import Files
from intake_api.evidence.kinds import HEAD_BYTES, kind_of
from intake_api.evidence.sealing import FileKey
from intake_api.evidence.store import StoreTrouble, parts_of
from intake_api.uploads import queries
from intake_api.uploads.owners import unknown_upload
from shared.errors import Conflict, Invalid
from shared.schema import Upload

TABLE = Upload.__tablename__
#: What is in memory of a file before it is stored.
PART_BYTES = 512 * 1024
#: Parts beyond what the length needs: one for each time that the connection broke.
MOST_BREAKS = 1_000

Steps = Callable[[], AbstractAsyncContextManager[AsyncSession]]


class NotEvidence(Invalid):
    code = "unsupported_file"

    def __init__(self) -> None:
        super().__init__(
            "This is no file that can be evidence; send a photo (JPEG, PNG, WebP, HEIC), a PDF or a video (MP4, 3GP).",
            pointer="/file",
        )


@dataclass(slots=True)
class Arriving:
    """`row`: as it was read; what is stored since stands in `received`."""

    row: Upload
    key: FileKey
    files: Files
    steps: Steps
    writer: UUID = field(default_factory=uuid4)
    holding: bool = False  #: nothing counts yet: the checksum of what comes is not known
    _stored: list[str] = field(default_factory=list)
    _held: int = 0

    @property
    def received(self) -> int:
        """What is stored, whether it counts already or not."""
        return self.row.received + self._held

    async def claim(self) -> None:
        """Raises Conflict."""
        async with self.steps() as session:
            if not await queries.claim(session, self.row.id, received=self.row.received, writer=self.writer):
                raise wrong_offset()

    async def store(self, content: bytes) -> None:
        """Raises NotEvidence for the first bytes of something else, StoreTrouble."""
        begins = self.received == 0 and (len(content) >= HEAD_BYTES or len(content) == self.row.length)
        if begins and kind_of(content[:HEAD_BYTES]) is None:
            raise NotEvidence
        number = len(self.row.parts) + len(self._stored)
        if number > (self.row.length or 0) // PART_BYTES + MOST_BREAKS:
            raise Conflict("This file comes in too many pieces; begin anew with larger ones.", code="too_many_pieces")
        name = f"{number}-{self.writer.hex}"
        await self.files.store.put(parts_of(self.row.id, [name])[0], self.key.seal_part(number, content))
        self._stored.append(name)
        self._held += len(content)
        if not self.holding:
            await self.count()

    async def count(self) -> None:
        """What was stored is received from now on. Raises Conflict."""
        if not self._stored:
            return
        async with self.steps() as session:
            if not await queries.advance(
                session, self.row.id, writer=self.writer, received=self.row.received, more=self._held,
                parts=self._stored,
            ):  # fmt: skip
                raise wrong_offset()
        self.row.received += self._held
        self.row.parts = [*self.row.parts, *self._stored]
        self._stored, self._held = [], 0

    async def forget(self) -> None:
        """What was stored and does not count."""
        names, self._stored, self._held = self._stored, [], 0
        await removed(self.files, self.row.id, names)

    async def content(self) -> AsyncIterator[bytes]:
        for number, name in enumerate(self.row.parts):
            try:
                sealed = await self.files.store.get(parts_of(self.row.id, [name])[0])
            except FileNotFoundError:
                raise _part_lost() from None
            yield self.key.open_part(number, sealed)


async def removed(files: Files, upload_id: UUID, names: list[str]) -> None:
    """What the store does not remove now is collected later."""
    await files.store.discard(parts_of(upload_id, names))


def wrong_offset() -> Conflict:
    return Conflict(
        "Another request goes on with this upload, or the offset is not where it ended; ask for its offset (HEAD) and "
        "go on from there.",
        code="wrong_offset",
    )


def _part_lost() -> StoreTrouble:
    return StoreTrouble("A part of this file is not in its store; send the file again.", code="evidence_lost")


def new_row(
    id: UUID, key: FileKey, *, owned: dict[str, Any], length: int, now: datetime, expires_at: datetime
) -> dict[str, Any]:
    return {
        "id": id, "length": length, "wrapped_key": key.wrapped, "key_id": key.key_id, "created_at": now,
        "expires_at": expires_at, **owned,
    }  # fmt: skip


def check_known(row: Upload | None, now: datetime) -> Upload:
    """Raises NotFound also for what is over and was not removed yet."""
    if row is None or row.expires_at <= now:
        raise unknown_upload()
    return row
