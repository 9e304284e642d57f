"""The table limit_counters. In transactions of their own: what is refused counts all the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.limits.rules import Limit


@dataclass(frozen=True, slots=True)
class Count:
    """`by` more for a key."""

    key: bytes
    limit: Limit
    most: int
    by: int
    ends_at: datetime


# In the order of the keys, so that two that count for the same ones do not wait for each other in a ring.
_ADD = text(
    """
    INSERT INTO limit_counters AS c (key, rule, used, most, ends_at, exhausted_at)
    SELECT key, rule, by, most, ends_at, CASE WHEN by >= most THEN clock_timestamp() END
    FROM unnest(CAST(:keys AS bytea[]), CAST(:rules AS text[]), CAST(:bys AS int[]), CAST(:mosts AS int[]),
                CAST(:ends AS timestamptz[])) AS t (key, rule, by, most, ends_at)
    ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        used = c.used + excluded.used, most = excluded.most,
        exhausted_at = CASE WHEN c.used + excluded.used >= excluded.most
                       THEN coalesce(c.exhausted_at, clock_timestamp()) END
    RETURNING key, used
    """
)


async def add(session: AsyncSession, counts: Sequence[Count]) -> Mapping[bytes, int]:
    """Count, and say how much is used now. The rows of concurrent callers are locked until this transaction ends."""
    values = {
        "keys": [count.key for count in counts],
        "rules": [count.limit.value for count in counts],
        "bys": [count.by for count in counts],
        "mosts": [count.most for count in counts],
        "ends": [count.ends_at for count in counts],
    }
    return {row.key: row.used for row in await session.execute(_ADD, values)}


_GIVE_BACK = text(
    """
    WITH held AS (SELECT key FROM limit_counters WHERE key = ANY(CAST(:keys AS bytea[])) ORDER BY key FOR UPDATE)
    UPDATE limit_counters c
    SET used = greatest(c.used - t.by, 0), exhausted_at = CASE WHEN c.used - t.by >= c.most THEN c.exhausted_at END
    FROM held JOIN unnest(CAST(:keys AS bytea[]), CAST(:bys AS int[])) AS t (key, by) USING (key)
    WHERE c.key = held.key
    RETURNING c.key, c.used
    """
)


async def give_back(session: AsyncSession, amounts: Mapping[bytes, int]) -> Mapping[bytes, int]:
    """Of what was counted and did not come to pass. A key that has no row is passed over."""
    rows = await session.execute(_GIVE_BACK, {"keys": list(amounts), "bys": list(amounts.values())})
    return {row.key: row.used for row in rows}


_USED = text("SELECT used FROM limit_counters WHERE key = :key")


async def used(session: AsyncSession, key: bytes) -> int:
    return await session.scalar(_USED, {"key": key}) or 0


_EXHAUSTED = text(
    """
    SELECT key, ends_at FROM limit_counters
    WHERE exhausted_at IS NOT NULL AND rule = ANY(CAST(:rules AS text[])) AND ends_at > :now
    ORDER BY exhausted_at DESC LIMIT :limit
    """
)


async def exhausted(
    session: AsyncSession, limits: Collection[Limit], *, now: datetime, most: int
) -> Mapping[bytes, datetime]:
    """The keys that have nothing left, and until when; by the partial index of those."""
    values = {"rules": [limit.value for limit in limits], "now": now, "limit": most}
    return {row.key: row.ends_at for row in await session.execute(_EXHAUSTED, values)}


_LIFT = text(
    "UPDATE limit_counters SET used = 0, exhausted_at = NULL WHERE key = ANY(CAST(:keys AS bytea[])) AND used > 0"
)


async def lift(session: AsyncSession, keys: Sequence[bytes]) -> int:
    result = await session.execute(_LIFT, {"keys": list(keys)})
    assert isinstance(result, CursorResult)
    return result.rowcount


_PURGE = text("DELETE FROM limit_counters WHERE rule = ANY(CAST(:rules AS text[])) AND ends_at <= :now")


async def purge(session: AsyncSession, limits: Collection[Limit], *, now: datetime) -> int:
    """What has ended, by the index on `ends_at`. Nobody locks these rows any more, but another copy that purges."""
    result = await session.execute(_PURGE, {"rules": [limit.value for limit in limits], "now": now})
    assert isinstance(result, CursorResult)
    return result.rowcount
