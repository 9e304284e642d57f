"""SQL that reads the transparency log: what is published of it, and what proves that a chain is in it."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared.proof import merkle, tiles
from shared.proof.leaves import Opening
from shared.proof.receipts import TlogProof
from shared.proof.tiles import Tile
from shared.schema import Checkpoint, Cosignature, LoggedChain, LogTile

#: As far back a cosigned checkpoint is taken rather than a newer one that is not.
RECENT_CHECKPOINTS = 48

_TILES = text(
    """
    SELECT level, number, content FROM log_tiles
    JOIN unnest(CAST(:levels AS int[]), CAST(:numbers AS bigint[])) AS wanted (level, number) USING (level, number)
    """
)


class Published(NamedTuple):
    checkpoint: Checkpoint
    cosignatures: str  #: their lines

    @property
    def note(self) -> str:
        return self.checkpoint.note + self.cosignatures


async def read_tiles(session: AsyncSession | AsyncConnection, wanted: Collection[Tile]) -> dict[Tile, bytes]:
    """Those of them that are there."""
    parameters = {"levels": [tile.level for tile in wanted], "numbers": [tile.number for tile in wanted]}
    return {Tile(row.level, row.number): row.content for row in await session.execute(_TILES, parameters)}


async def last_checkpoint(session: AsyncSession) -> Published | None:
    statement = select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)
    found = await session.scalar(statement)
    return None if found is None else Published(found, await _cosignatures(session, found.size))


async def _cosignatures(session: AsyncSession, size: int) -> str:
    lines = select(Cosignature.line).where(Cosignature.size == size).order_by(Cosignature.witness)
    return "".join(await session.scalars(lines))


async def receipt(session: AsyncSession, report_id: UUID) -> TlogProof | None:
    """That a report's chain is in the log: four statements, and a few tiles of each level, however long the log is.

    Under the checkpoint that most witnesses have cosigned, of the newest that hold it. None: no checkpoint has seen it.
    """
    chain = await session.get(LoggedChain, report_id)
    if chain is None:
        return None
    recent = (
        select(Checkpoint)
        .where(Checkpoint.size > chain.leaf_index)
        .order_by(Checkpoint.size.desc())
        .limit(RECENT_CHECKPOINTS)
        .subquery()
    )
    signed = select(func.count()).where(Cosignature.size == recent.c.size).scalar_subquery()
    statement = select(recent.c.size, recent.c.note).order_by(signed.desc(), recent.c.size.desc()).limit(1)
    checkpoint = (await session.execute(statement)).first()
    if checkpoint is None:
        return None
    size, note = checkpoint
    ranges = merkle.inclusion_ranges(chain.leaf_index, size)
    proof = tiles.proof(ranges, await read_tiles(session, tiles.needed(ranges)))
    opening = Opening(report_id, chain.tracking_number, chain.salt, chain.seq, chain.head)
    return TlogProof(opening.as_bytes(), chain.leaf_index, proof, note + await _cosignatures(session, size))


async def read_tile(session: AsyncSession, tile: Tile) -> bytes | None:
    statement = select(LogTile.content).filter_by(level=tile.level, number=tile.number)
    return (await session.scalars(statement)).one_or_none()
