"""Wraps the keys of files and uploads anew. Stopped anywhere it goes on where it was: the rows themselves tell."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from intake_api.evidence import files
from intake_api.evidence import queries as evidence
from intake_api.evidence.sealing import current_key_id, rewrapped
from intake_api.uploads import queries
from intake_api.uploads.arriving import TABLE
from shared.database import Sessions
from shared.errors import Unavailable
from shared.keys.held import Keys

BATCH = 200

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Rewrapped:
    """`without_key`: how many rows stay as they are, by the key that is missing (or does not open them)."""

    files: int = 0
    uploads: int = 0
    without_key: Counter[str] = field(default_factory=Counter)


async def count_of_key(sessions: Sessions, key_id: str) -> int:
    """How many files and uploads need a key."""
    async with sessions() as session:
        return await evidence.files_of_key(session, key_id) + await queries.uploads_of_key(session, key_id)


async def rewrap(
    sessions: Sessions, keys: Keys, *, batch: int = BATCH, progress: Progress = lambda done, of: None
) -> Rewrapped:
    """A batch to a transaction; what another copy is working on is passed over. Raises Unavailable."""
    done, current = Rewrapped(), current_key_id(keys)
    async with sessions() as session:
        total = await evidence.count_older(session, current) + await queries.count_older(session, current)
    progress(0, total)
    await _rewrap_files(sessions, keys, done, current, batch)
    progress(done.files, total)
    await _rewrap_uploads(sessions, keys, done, current, batch)
    return done


async def _rewrap_files(sessions: Sessions, keys: Keys, done: Rewrapped, current: str, batch: int) -> None:
    after = b""
    while True:
        async with sessions.begin() as session:
            rows = await evidence.older(session, current, after=after, limit=batch)
            for row in rows:
                try:
                    new = rewrapped(keys, files.TABLE, files.id_of(row.location), row.key_id, row.wrapped_key)
                except Unavailable:
                    done.without_key[row.key_id] += 1
                    continue
                await evidence.wrap_anew(session, row.digest, wrapped_key=new.wrapped, key_id=new.key_id)
                done.files += 1
        if len(rows) < batch:
            return
        after = rows[-1].digest


async def _rewrap_uploads(sessions: Sessions, keys: Keys, done: Rewrapped, current: str, batch: int) -> None:
    after = UUID(int=0)
    while True:
        async with sessions.begin() as session:
            rows = await queries.older(session, current, after=after, limit=batch)
            for row in rows:
                try:
                    new = rewrapped(keys, TABLE, row.id, row.key_id, row.wrapped_key)
                except Unavailable:
                    done.without_key[row.key_id] += 1
                    continue
                await queries.wrap_anew(session, row.id, wrapped_key=new.wrapped, key_id=new.key_id)
                done.uploads += 1
        if len(rows) < batch:
            return
        after = rows[-1].id
