"""Seals what lies in clear from before, and wraps anew what earlier keys wrap. Killed anywhere it has lost nothing, and
goes on where it was: what is done is told by the rows themselves.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from intake_api.identities import queries
from intake_api.identities.sealing import Identities, Identity
from shared.database import Sessions
from shared.errors import Unavailable
from shared.schema import Reporter

BATCH = 200

Progress = Callable[[int, int], None]


def quietly(done: int, of: int) -> None:
    """No progress is shown."""


@dataclass(slots=True)
class Renewed:
    """`without_key`: how many rows stay as they are, by the key that is missing (or does not open them)."""

    sealed: int = 0
    rewrapped: int = 0
    without_key: Counter[str] = field(default_factory=Counter)


async def renew(
    sessions: Sessions, identities: Identities, *, batch: int = BATCH, progress: Progress = quietly
) -> Renewed:
    """A batch to a transaction; what another copy is working on is passed over."""
    renewed = Renewed()
    await seal_older(sessions, identities, renewed, batch=batch, progress=progress)
    await _rewrap(sessions, identities, renewed, batch=batch, progress=progress)
    return renewed


async def seal_older(
    sessions: Sessions, identities: Identities, renewed: Renewed, *, batch: int = BATCH, progress: Progress = quietly
) -> None:
    async with sessions() as session:
        total = await queries.count_in_clear(session)
    while True:
        async with sessions.begin() as session:
            rows = await queries.in_clear(session, limit=batch)
            for row in rows:
                await queries.change(session, row.id, _sealed(row, identities))
        renewed.sealed += len(rows)
        progress(renewed.sealed, total)
        if len(rows) < batch:
            return


def _sealed(row: Reporter, identities: Identities) -> dict[str, object]:
    """What the release before wrote into a row that was sealed already counts as what is in clear now."""
    in_clear = Identity(row.name, row.phone, row.email, row.national_id)
    return {**identities.seal(row.id, in_clear), **dict.fromkeys(Identity._fields)}


async def _rewrap(
    sessions: Sessions, identities: Identities, renewed: Renewed, *, batch: int, progress: Progress
) -> None:
    current = identities.current_ids
    async with sessions() as session:
        total = await queries.count_older(session, *current)
    after, seen = UUID(int=0), 0
    while True:
        async with sessions.begin() as session:
            rows = await queries.older(session, *current, after=after, limit=batch)
            for row in rows:
                try:
                    await queries.change(session, row.id, identities.rewrapped(row))
                    renewed.rewrapped += 1
                except Unavailable:
                    renewed.without_key[str(row.key_id)] += 1
        seen += len(rows)
        progress(seen, total)
        if len(rows) < batch:
            return
        after = rows[-1].id
