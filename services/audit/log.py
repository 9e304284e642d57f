"""The transparency log against the chains: is every end that was published still in the history of its report?

What is believed is the copy that somebody else kept, if there is one; else the log of the database itself, which finds
less: whoever writes the database can write that, too.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.audit.leaves import LogBreak, of_kind, registry_breaks, support_breaks
from services.keeping import Copy
from shared.proof import tiles
from shared.proof.bundles import entries_of
from shared.proof.checkpoints import Checkpoint, TreeHead
from shared.proof.leaves import Leaf, LeafKind, commitment
from shared.proof.merkle import leaf_hash
from shared.proof.notes import VerifierKey
from shared.proof.tiles import TornLog

BATCH_LEAVES = 5_000

_LAST = text("SELECT size, root, origin FROM checkpoints ORDER BY size DESC LIMIT 1")
_BUNDLES = text("SELECT number, content FROM log_bundles WHERE number >= :after ORDER BY number LIMIT 20")
_CHAINS = text(
    """
    SELECT l.*, r.id IS NOT NULL AS there, r.tracking_number AS number FROM logged_chains l
    LEFT JOIN reports r ON r.id = l.report_id WHERE l.commitment = ANY(CAST(:commitments AS bytea[]))
    """
)
_EVENTS = text(
    """
    SELECT w.report_id, w.seq, e.hash, (SELECT max(seq) FROM events m WHERE m.report_id = w.report_id) AS last
    FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS int[])) AS w (report_id, seq)
    LEFT JOIN events e ON e.report_id = w.report_id AND e.seq = w.seq
    """
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody else kept of the log."""

    checkpoints: Sequence[Checkpoint]
    entries: Sequence[bytes]

    @classmethod
    def read(cls, copy: Copy, keys: Sequence[VerifierKey]) -> "Kept":
        """Raises CannotRun."""
        return cls(copy.checkpoints(keys), list(copy.entries()))


async def breaks(connection: AsyncConnection, kept: Kept | None) -> AsyncIterator[LogBreak | int]:
    """What is wrong with the log, then with the chains below it; and after each batch how many leaves it had."""
    last = (await connection.execute(_LAST)).first()
    stored = [entry async for entry in _stored(connection, 0 if last is None else last.size)]
    heads = [one.head for one in kept.checkpoints] if kept else []
    for found in _of_the_log(stored, last, heads):
        yield found
    believed = _believed(kept, stored)
    seen: set[bytes] = set()
    for start in range(0, len(believed), BATCH_LEAVES):
        batch = [Leaf.read(entry) for entry in believed[start : start + BATCH_LEAVES]]
        for found in await _of_batch(connection, start, batch, seen):
            yield found
        yield len(batch)


async def _stored(connection: AsyncConnection, size: int) -> AsyncIterator[bytes]:
    """The entries of the database's own log. What is torn ends it."""
    after, left = 0, size
    while rows := (await connection.execute(_BUNDLES, {"after": after})).all():
        for row in rows:
            try:
                entries = entries_of(row.content)[:left]
            except TornLog:
                return
            if row.number != after:
                return
            for entry in entries:
                yield entry
            after, left = row.number + 1, left - len(entries)


def _of_the_log(stored: Sequence[bytes], last: Row[Any] | None, heads: Sequence[TreeHead]) -> Iterator[LogBreak]:
    """The log of the database against its own last checkpoint, then against those that were kept."""
    held = tiles.append(0, {}, [leaf_hash(entry) for entry in stored])
    size = 0 if last is None else last.size
    own = [] if last is None else [TreeHead(last.origin, last.size, last.root)]
    for number, head in enumerate([*own, *heads]):
        whose = "its last checkpoint" if number < len(own) else f"the checkpoint of {head.size} that was kept"
        if head.size > size:
            yield _log(
                f"the log of the database has {size} entries, and {whose} has more: the database was restored from a "
                "backup, or the log was built anew"
            )
        elif head.size > len(stored):
            yield _log(f"entries of the log below {whose} are missing")
        elif tiles.root(head.size, held) != head.root:
            yield _log(f"the log of the database is not the one of {whose}: it was built anew or changed")


def _log(what: str) -> LogBreak:
    return LogBreak(None, None, None, what)


def _believed(kept: Kept | None, stored: Sequence[bytes]) -> Sequence[bytes]:
    """What was kept, as far as a checkpoint that was kept vouches for it."""
    if kept is None or not kept.checkpoints:
        return stored
    held = tiles.append(0, {}, [leaf_hash(entry) for entry in kept.entries])
    for checkpoint in reversed(kept.checkpoints):
        head = checkpoint.head
        if head.size <= len(kept.entries) and tiles.root(head.size, held) == head.root:
            return kept.entries[: head.size]
    return stored


async def _of_batch(
    connection: AsyncConnection, start: int, batch: Sequence[Leaf | None], seen: set[bytes]
) -> Sequence[LogBreak]:
    """The first of each chain that has any; `seen` are those that had one."""
    leaves = {index: leaf for index, leaf in enumerate(batch, start) if leaf is not None}
    indexed = list(leaves.items())
    found = [
        LogBreak(index, None, None, "the leaf is none that the log is written with")
        for index in range(start, start + len(batch))
        if index not in leaves
    ]
    found += await _of_chains(connection, of_kind(indexed, LeafKind.CHAIN))
    found += await support_breaks(connection, of_kind(indexed, LeafKind.SUPPORTS))
    found += await registry_breaks(connection, of_kind(indexed, LeafKind.REGISTRY))
    return list(_firsts(sorted(found, key=lambda one: one.index or 0), leaves, seen))


def _firsts(found: Sequence[LogBreak], leaves: Mapping[int, Leaf], seen: set[bytes]) -> Iterator[LogBreak]:
    for one in found:
        leaf = None if one.index is None else leaves.get(one.index)
        if leaf is None or leaf.commitment not in seen:
            yield one
        if leaf is not None:
            seen.add(leaf.commitment)


async def _of_chains(connection: AsyncConnection, leaves: Sequence[tuple[int, Leaf]]) -> list[LogBreak]:
    commitments = [leaf.commitment for _, leaf in leaves]
    chains = {row.commitment: row for row in await connection.execute(_CHAINS, {"commitments": commitments})}
    wanted = [(chains[leaf.commitment].report_id, leaf.seq) for _, leaf in leaves if leaf.commitment in chains]
    asked = {"ids": [one for one, _ in wanted], "seqs": [seq for _, seq in wanted]}
    events = {(row.report_id, row.seq): row for row in await connection.execute(_EVENTS, asked)}
    found = []
    for index, leaf in leaves:
        chain = chains.get(leaf.commitment)
        if what := _wrong(leaf, chain, events):
            report = (None, None) if chain is None else (chain.report_id, chain.tracking_number)
            found.append(LogBreak(index, report[0], report[1], what))
    return found


def _wrong(leaf: Leaf, chain: Row[Any] | None, events: Mapping[tuple[UUID, int], Row[Any]]) -> str | None:
    if chain is None:
        return (
            f"it is of a report with {leaf.seq} events, and nothing says any more which: the report was deleted with "
            "all its rows"
        )
    if commitment(chain.salt, chain.report_id, chain.tracking_number) != leaf.commitment:
        return "what opens its commitment was changed"
    if not chain.there:
        return "the report was deleted"
    if chain.number != chain.tracking_number:
        return "its tracking number was changed"
    event = events[chain.report_id, leaf.seq]
    if event.hash is None:
        return f"its chain was cut or restored: {leaf.seq} events were published, there are {event.last or 0}"
    if event.hash != leaf.head:
        return f"its chain was hashed anew: event {leaf.seq} is not the one that was published"
    return None
