"""Removes what nobody needs any more. Any number of copies do it at once, and whoever is killed leaves nothing that the
next turn does not find: rows go first, in a transaction, and then what lies in the store.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries as evidence
from intake_api.evidence.store import Store, parts_of
from intake_api.uploads import queries
from shared.database import Sessions

logger = logging.getLogger(__name__)

#: What is stored and known to no row yet may become so for this long.
SPARED = timedelta(days=1)
BATCH = 200
#: If more than these, and most of what is there, are known to no row, the database is another one than the store's.
MOST_UNKNOWN = 100


@dataclass(slots=True)
class Collected:
    uploads: int = 0
    files: int = 0


async def collect(sessions: Sessions, store: Store, *, now: datetime, batch: int = BATCH) -> Collected:
    """Uploads whose time is over, and files that nothing points to; a batch to a transaction."""
    collected = Collected()
    while True:
        async with sessions.begin() as session:
            over = await queries.remove_expired(session, before=now, limit=batch)
        await store.discard([path for upload in over for path in parts_of(upload.id, upload.parts)])
        collected.uploads += len(over)
        if len(over) < batch:
            break
    while True:
        async with sessions.begin() as session:
            digests = await evidence.lock_unused(session, before=now - SPARED, limit=batch)
            locations = await evidence.remove_unused(session, digests)
        await store.discard(locations)
        collected.files += len(locations)
        if len(digests) < batch:
            return collected


async def sweep(sessions: Sessions, store: Store, *, now: datetime) -> int:
    """Objects that no row knows: of whoever was killed between the store and the database. How many went.

    Raises StoreTrouble.
    """
    listed, unknown = 0, list[str]()
    for folder in ("files", "uploads"):
        async for items in store.list(folder):
            listed += len(items)
            old = [one.path for one in items if one.changed_at < now - SPARED and one.path.startswith(f"{folder}/")]
            async with sessions() as session:
                unknown += await (_unknown_files(session, old) if folder == "files" else _unknown_parts(session, old))
    if len(unknown) > MOST_UNKNOWN and 2 * len(unknown) > listed:
        logger.error("the store holds what another database knows; nothing is removed", extra={"count": len(unknown)})
        return 0
    await store.discard(unknown)
    return len(unknown)


async def _unknown_files(session: AsyncSession, paths: Sequence[str]) -> list[str]:
    known = await evidence.known_locations(session, paths)
    return [path for path in paths if path not in known]


async def _unknown_parts(session: AsyncSession, paths: Sequence[str]) -> list[str]:
    named = {path: part for path in paths if (part := _part_of(path)) is not None}
    used = await queries.parts_in_use(session, {upload for upload, _ in named.values()})
    return [path for path, part in named.items() if part not in used]


def _part_of(path: str) -> tuple[UUID, str] | None:
    """None: it is none of ours."""
    upload, _, name = path.rpartition("/")[2].partition(".")
    try:
        return UUID(upload), name
    except ValueError:
        return None
