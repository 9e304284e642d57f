"""SQL of the transparency log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.feed import horizon as feed_horizon
from shared.proof.tiles import Tile
from shared.schema import Checkpoint, Cosignature, LogBundle

#: Of whoever makes a checkpoint; nobody waits for it.
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('transparency_log'))")

_BOUND = text(
    """
    SELECT transaction_id FROM events WHERE transaction_id >= :since AND transaction_id < :horizon
    ORDER BY transaction_id OFFSET :most LIMIT 1
    """
)
# The transactions of two events may have begun in the other order than the events lie in the chain, so that a later
# window can hold an event that is in the log already, below its end.
_CHANGED = text(
    """
    WITH ended AS (
        SELECT DISTINCT ON (report_id) report_id, seq, hash FROM events
        WHERE transaction_id >= :since AND transaction_id < :horizon ORDER BY report_id, seq DESC
    )
    SELECT e.report_id, r.tracking_number, e.seq, e.hash, l.salt, l.commitment
    FROM ended e JOIN reports r ON r.id = e.report_id LEFT JOIN logged_chains l ON l.report_id = e.report_id
    WHERE e.seq > coalesce(l.seq, 0)
    """
)
_STORE_CHAINS = text(
    """
    INSERT INTO logged_chains (report_id, tracking_number, salt, commitment, seq, head, leaf_index)
    SELECT * FROM unnest(
        CAST(:report_ids AS uuid[]), CAST(:numbers AS text[]), CAST(:salts AS bytea[]), CAST(:commitments AS bytea[]),
        CAST(:seqs AS int[]), CAST(:heads AS bytea[]), CAST(:indexes AS bigint[])
    )
    ON CONFLICT (report_id) DO UPDATE
    SET seq = excluded.seq, head = excluded.head, leaf_index = excluded.leaf_index
    """
)
_STORE_TILES = text(
    """
    INSERT INTO log_tiles (level, number, content)
    SELECT * FROM unnest(CAST(:levels AS smallint[]), CAST(:numbers AS bigint[]), CAST(:contents AS bytea[]))
    ON CONFLICT (level, number) DO UPDATE SET content = excluded.content
    """
)
_STORE_BUNDLES = text(
    """
    INSERT INTO log_bundles (number, content)
    SELECT * FROM unnest(CAST(:numbers AS bigint[]), CAST(:contents AS bytea[]))
    ON CONFLICT (number) DO UPDATE SET content = excluded.content
    """
)


@dataclass(frozen=True, slots=True)
class Ended:
    """Where a chain ends that has changed; without salt and commitment: no checkpoint has seen it before."""

    report_id: UUID
    tracking_number: str
    seq: int
    head: bytes
    salt: bytes | None
    commitment: bytes | None


@dataclass(frozen=True, slots=True)
class Placed:
    """The same with its place in the log."""

    report_id: UUID
    tracking_number: str
    salt: bytes
    commitment: bytes
    seq: int
    head: bytes
    index: int


async def is_ours(session: AsyncSession) -> bool:
    """Whether we are the one that makes the checkpoint, until the transaction ends."""
    return bool(await session.scalar(_LOCK))


class Window(NamedTuple):
    """The transactions `since <= id < horizon`; `more`: there are others behind them that have ended, too."""

    since: int
    horizon: int
    more: bool


async def window(session: AsyncSession, *, since: int, most: int) -> Window:
    """What to read now: below the oldest transaction that still runs, and about `most` events at once.

    In a cluster that counts transactions anew, after a dump was restored into it, everything is read again; what is in
    the log already is not changed by that.
    """
    end = await feed_horizon(session)
    since = since if since <= end else 0
    found = await session.scalar(_BOUND, {"since": since, "horizon": end, "most": most})
    if found is None:
        return Window(since, end, more=False)
    return Window(since, max(int(found), since + 1), more=True)


async def changed(session: AsyncSession, *, since: int, horizon: int) -> list[Ended]:
    """The ends of all chains that grew in these transactions, in no order."""
    return [Ended(*row) for row in await session.execute(_CHANGED, {"since": since, "horizon": horizon})]


async def store_chains(session: AsyncSession, chains: Sequence[Placed]) -> None:
    parameters: dict[str, list[Any]] = {
        "report_ids": [chain.report_id for chain in chains],
        "numbers": [chain.tracking_number for chain in chains],
        "salts": [chain.salt for chain in chains],
        "commitments": [chain.commitment for chain in chains],
        "seqs": [chain.seq for chain in chains],
        "heads": [chain.head for chain in chains],
        "indexes": [chain.index for chain in chains],
    }
    await session.execute(_STORE_CHAINS, parameters)


async def store_tiles(session: AsyncSession, tiles: Mapping[Tile, bytes]) -> None:
    parameters = {
        "levels": [tile.level for tile in tiles],
        "numbers": [tile.number for tile in tiles],
        "contents": list(tiles.values()),
    }
    await session.execute(_STORE_TILES, parameters)


async def store_bundles(session: AsyncSession, bundles: Mapping[int, bytes]) -> None:
    await session.execute(_STORE_BUNDLES, {"numbers": list(bundles), "contents": list(bundles.values())})


async def read_bundle(session: AsyncSession, number: int) -> bytes | None:
    return (await session.scalars(select(LogBundle.content).filter_by(number=number))).one_or_none()


async def store_checkpoint(session: AsyncSession, **columns: Any) -> None:
    await session.execute(insert(Checkpoint).values(columns))


async def look(session: AsyncSession, size: int, *, horizon: int, now: datetime) -> None:
    """Nothing new was found up to `horizon`."""
    values = {"horizon": horizon, "looked_at": now}
    await session.execute(update(Checkpoint).filter_by(size=size).values(values))


async def sign_again(session: AsyncSession, size: int, note: str) -> None:
    await session.execute(update(Checkpoint).filter_by(size=size).values(note=note))


async def store_cosignatures(session: AsyncSession, rows: Iterable[Mapping[str, Any]]) -> None:
    """The newest of a witness stays: it says that it saw nothing longer by then."""
    for row in rows:
        statement = postgresql.insert(Cosignature).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=["size", "witness"], set_={"line": row["line"], "cosigned_at": row["cosigned_at"]}
        )
        await session.execute(statement)


async def last_cosigned(session: AsyncSession) -> dict[str, int]:
    """By the name of a witness's key, the longest log that it has cosigned."""
    rows = await session.execute(select(Cosignature.witness, func.max(Cosignature.size)).group_by(Cosignature.witness))
    return {row[0]: row[1] for row in rows}


async def state(session: AsyncSession) -> tuple[int, datetime] | None:
    """How long the log is, and when it was up to date."""
    statement = select(Checkpoint.size, Checkpoint.looked_at).order_by(Checkpoint.size.desc()).limit(1)
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1])


class Age(NamedTuple):
    size: int
    seconds: float  #: since the log was up to date


_AGE = text(
    """
    SELECT coalesce((SELECT max(size) FROM checkpoints), 0) AS size, coalesce(extract(epoch FROM now() - coalesce(
        (SELECT looked_at FROM checkpoints ORDER BY size DESC LIMIT 1),
        (SELECT recorded_at FROM events ORDER BY transaction_id, id LIMIT 1)
    )), 0)::float8 AS seconds
    """
)


async def age(session: AsyncSession) -> Age:
    """Without a checkpoint: since the first event."""
    return Age(*(await session.execute(_AGE)).one())
