"""What makes the log grow: the ends of all chains that have changed, under a new checkpoint.

A checkpoint is one transaction of one copy; killed at any moment, it was made or it was not. What is not in the
database is remembered afterwards (memory.py), so that a copy that dies in between never remembers too much.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.errors import NotFound, Unavailable
from shared.ids import SALT_BYTES
from shared.keys.ring import Ring
from shared.proof import tiles
from shared.proof.bundles import bundled, entries_of
from shared.proof.checkpoints import TreeHead
from shared.proof.leaves import Leaf, commitment
from shared.proof.notes import read_note
from shared.proof.tiles import WIDTH, TornLog
from shared.queries import proofs
from shared.queries.proofs import Published
from sla_monitor.proof import other_chains, queries, signing, trouble
from sla_monitor.proof.memory import Memory
from sla_monitor.proof.other_chains import Others
from sla_monitor.proof.queries import Ended, Placed
from sla_monitor.proof.trouble import LogRefused

logger = logging.getLogger(__name__)

#: In the window of one checkpoint; what is beyond it gets the next one at once.
MOST_EVENTS = 200_000
#: Ticks are never exactly in time: this much of an interval is enough.
_ENOUGH = 0.9


class Step(NamedTuple):
    added: int  #: leaves
    more: bool  #: a window is left


_NOTHING = Step(0, more=False)


@dataclass(slots=True)
class TransparencyLog:
    """The log as one copy of the service keeps it. `refused`: why nothing is published, if that is so."""

    sessions: Sessions
    origin: str
    seconds: float
    ring: Callable[[], Ring]
    memory: Memory
    most_events: int = MOST_EVENTS
    refused: LogRefused | None = field(default=None, init=False)

    async def published(self, session: AsyncSession) -> Published:
        """The last checkpoint. Raises NotFound, Unavailable where an older one would be it."""
        last = await proofs.last_checkpoint(session)
        try:
            self._check_published(0 if last is None else last.checkpoint.size)
        except LogRefused as refusal:
            raise Unavailable(refusal.sentence, code=refusal.code) from None
        if last is None:
            raise NotFound("No checkpoint was made yet; come back in an hour.", code="no_checkpoint_yet")
        return last

    def _check_published(self, size: int) -> None:
        if self.refused is not None:
            raise self.refused
        known = self.memory.read()
        if known is not None and known.size > size:
            raise trouble.went_back(size, known.size)

    async def is_due(self, now: datetime) -> bool:
        async with self.sessions() as session:
            last = await queries.state(session)
        return last is None or self._is_due(last[1], now)

    def _is_due(self, looked_at: datetime, now: datetime) -> bool:
        return (now - looked_at).total_seconds() >= self.seconds * _ENOUGH

    async def grow(self, *, now: datetime) -> int:
        """Everything that has changed, window by window, each under its checkpoint; how many leaves that were.

        Raises LogRefused.
        """
        added, going_on = 0, False
        while True:
            async with self.sessions.begin() as session:
                step = await self._step(session, now=now, going_on=going_on)
            added, going_on = added + step.added, True
            if not step.more:
                break
        await self.remember()
        return added

    async def remember(self) -> None:
        """Outside of the database, what is in it. Raises LogRefused if the database does not go on from there."""
        async with self.sessions() as session:
            last = await proofs.last_checkpoint(session)
            known = await self._check_memory(session, last)
        if last is not None and (known is None or known.size < last.checkpoint.size):
            try:
                self.memory.write(last.note)
            except OSError as error:
                logger.error("the last checkpoint cannot be remembered", extra={"reason": error.strerror})

    async def _check_memory(self, session: AsyncSession, last: Published | None) -> TreeHead | None:
        known = self.memory.read()
        if known is None or not known.size:
            return known
        size = 0 if last is None else last.checkpoint.size
        if known.origin != self.origin:
            raise trouble.renamed(known.origin)
        if known.size > size:
            raise trouble.went_back(size, known.size)
        if await _root_at(session, known.size) != known.root:
            raise trouble.replaced(known.size)
        return known

    async def _step(self, session: AsyncSession, *, now: datetime, going_on: bool) -> Step:
        if not await queries.is_ours(session):
            return _NOTHING
        last = await proofs.last_checkpoint(session)
        await self._check_memory(session, last)
        checkpoint = None if last is None else last.checkpoint
        if checkpoint is not None:
            if checkpoint.origin != self.origin:
                raise trouble.renamed(checkpoint.origin)
            if not going_on and not self._is_due(checkpoint.looked_at, now):
                return _NOTHING
        window = await queries.window(
            session, since=0 if checkpoint is None else checkpoint.horizon, most=self.most_events
        )
        ended = await queries.changed(session, since=window.since, horizon=window.horizon)
        others = await other_chains.grown(session, registry_seq=0 if checkpoint is None else checkpoint.registry_seq)
        size = 0 if checkpoint is None else checkpoint.size
        if ended or others.leaves:
            root = None if checkpoint is None else checkpoint.root
            await self._publish(session, size, root, ended, others, window.horizon, now)
        elif checkpoint is not None:
            await queries.look(session, size, horizon=window.horizon, now=now)
            await self._sign_again(session, TreeHead(self.origin, size, checkpoint.root), checkpoint.note, now)
        added = len(ended) + len(others.leaves)
        return Step(added, more=window.more and (checkpoint is not None or added > 0))

    async def _publish(
        self, session: AsyncSession, size: int, root: bytes | None, ended: Sequence[Ended], others: Others,
        horizon: int, now: datetime,
    ) -> None:  # fmt: skip
        edge = await proofs.read_tiles(session, tiles.edge(size))
        try:
            if root is not None and tiles.root(size, edge) != root:
                raise TornLog("its tiles do not give the root of its last checkpoint")
            placed, leaves = _placed(size, ended)
            leaves += others.leaves
            grown = tiles.append(size, edge, [leaf.hash for leaf in leaves])
            bundles = await self._bundles(session, size, leaves)
        except TornLog as error:
            raise trouble.torn(str(error)) from None
        new_size = size + len(leaves)
        head = TreeHead(self.origin, new_size, tiles.root(new_size, {**edge, **grown}))
        await queries.store_chains(session, placed)
        await other_chains.store(session, others)
        await queries.store_tiles(session, grown)
        await queries.store_bundles(session, bundles)
        await queries.store_checkpoint(
            session, size=new_size, origin=self.origin, root=head.root, note=str(signing.sign(head, self.ring(), now)),
            horizon=horizon, made_at=now, looked_at=now, registry_seq=others.registry_seq,
        )  # fmt: skip

    @staticmethod
    async def _bundles(session: AsyncSession, size: int, leaves: Sequence[Leaf]) -> dict[int, bytes]:
        number, width = divmod(size, WIDTH)
        begun = await queries.read_bundle(session, number) or b"" if width else b""
        entries = entries_of(begun)
        if len(entries) != width:
            raise TornLog(f"bundle {number} of its entries has {len(entries)} of them instead of {width}")
        entries += [leaf.entry for leaf in leaves]
        return {number + at // WIDTH: bundled(entries[at : at + WIDTH]) for at in range(0, len(entries), WIDTH)}

    async def _sign_again(self, session: AsyncSession, head: TreeHead, note: str, now: datetime) -> None:
        """By the keys of today: an old checkpoint stays the last one where nothing happens."""
        again = signing.sign(head, self.ring(), now)
        if [signature[:2] for signature in read_note(note).signatures] != [one[:2] for one in again.signatures]:
            await queries.sign_again(session, head.size, str(again))


def _placed(size: int, ended: Sequence[Ended]) -> tuple[list[Placed], list[Leaf]]:
    """In the order of their commitments, which is none: nobody learns which of two reports came first."""
    salts = secrets.token_bytes(SALT_BYTES * len(ended))
    chains = []
    for number, one in enumerate(ended):
        salt = one.salt or salts[number * SALT_BYTES : (number + 1) * SALT_BYTES]
        committed = one.commitment or commitment(salt, one.report_id, one.tracking_number)
        chains.append((committed, salt, one))
    chains.sort(key=lambda chain: chain[0])
    placed = [
        Placed(one.report_id, one.tracking_number, salt, committed, one.seq, one.head, size + at)
        for at, (committed, salt, one) in enumerate(chains)
    ]
    return placed, [Leaf(one.commitment, one.seq, one.head) for one in placed]


async def _root_at(session: AsyncSession, size: int) -> bytes | None:
    """None: the tiles do not reach so far."""
    held = await proofs.read_tiles(session, tiles.needed([(0, size)]))
    try:
        return tiles.root(size, held)
    except TornLog:
        return None
