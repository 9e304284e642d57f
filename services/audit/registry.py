"""The log of the registry: its chain, and whether the registry is what it says last."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.actors import is_actor
from shared.log.events import GENESIS
from shared.log.registry_log import BY_HAND, registry_hash

BATCH_EVENTS = 1_000

_EVENTS = text(
    """
    SELECT seq, id, subject, key, actor, recorded_at, data::text AS data, previous_hash, hash
    FROM registry_events WHERE seq > :after ORDER BY seq LIMIT :limit
    """
)
# What the log says last of each key, beside what is there: the function writes it down as the triggers do.
_DIFFERING = text(
    """
    SELECT subject, key, l.seq, l.said, s.document FROM (
        SELECT DISTINCT ON (subject, key) subject, key, seq, nullif((data->'after')::jsonb, 'null') AS said
        FROM registry_events ORDER BY subject, key, seq DESC
    ) AS l FULL JOIN registry_state() AS s USING (subject, key)
    WHERE l.said IS DISTINCT FROM s.document ORDER BY subject, key
    """
)


@dataclass(frozen=True, slots=True)
class RegistryBreak:
    """`seq` is the change that the log says last of it, or that is broken."""

    subject: str
    key: str
    seq: int | None
    what: str


async def breaks(connection: AsyncConnection) -> AsyncIterator[RegistryBreak | int]:
    """What is wrong; and after each batch of the chain how many changes it had."""
    previous, expected = GENESIS, 0
    while rows := (await connection.execute(_EVENTS, {"after": expected, "limit": BATCH_EVENTS})).all():
        for row in rows:
            expected += 1
            if what := _broken(previous, expected, row):
                yield RegistryBreak(row.subject, row.key, row.seq, what)
            previous, expected = row.hash, row.seq
        yield len(rows)
    for row in await connection.execute(_DIFFERING):
        if what := _difference(row):
            yield RegistryBreak(row.subject, row.key, row.seq, what)


def _broken(previous: bytes, expected: int, row: Row[Any]) -> str | None:
    computed = registry_hash(
        previous, seq=row.seq, event_id=row.id, subject=row.subject, key=row.key, actor=row.actor,
        recorded_at=row.recorded_at, data=row.data,
    )  # fmt: skip
    if row.seq != expected:
        return f"change {expected} is missing, {row.seq} follows"
    if row.previous_hash != previous:
        return "its previous_hash is not the hash of the change before"
    if row.hash != computed:
        return "its hash is not that of its content: the change was changed"
    if row.actor.startswith(BY_HAND) or not is_actor(row.actor):
        return f"it was changed by hand, by the account {row.actor.removeprefix(BY_HAND)} of the database"
    return None


def _difference(row: Row[Any]) -> str | None:
    """None if only columns differ that the log does not know yet, or not any more."""
    if row.said is None:
        return "it is there, and the log does not say so"
    if row.document is None:
        return "it is not there, and the log does not say so"
    said, stored = _both(row.said, row.document), _both(row.document, row.said)
    differing = [name for name in sorted(said) if said[name] != stored[name]]
    return f"{', '.join(differing)} is not what the log says" if differing else None


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in one.items() if name in other}
