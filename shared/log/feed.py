"""How a pull feed goes along the log: in the order of transactions, up to the oldest that still runs.

Ids and instants are given out before the commit, so that a reader who went by those would pass an event that commits
late and never come back to it (docs/decisions/0007).
"""

from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Unavailable
from shared.http.wire import decode_cursor, encode_cursor

_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
# By the index on (transaction_id, id): one look at its end.
_READABLE = text(
    """
    SELECT pg_snapshot_xmin(now)::text::bigint AS horizon,
           coalesce((SELECT max(transaction_id) FROM events) >= pg_snapshot_xmax(now)::text::bigint, false) AS is_ahead
    FROM pg_current_snapshot() AS now
    """
)
_SNAPSHOT = text("SELECT pg_current_snapshot()::text")


class Position(NamedTuple):
    """Where a reader stands: after the event of this transaction and id."""

    transaction_id: Annotated[int, Field(ge=0, lt=2**63)]
    event_id: UUID

    @property
    def cursor(self) -> str:
        return encode_cursor(*self)


START = Position(0, UUID(int=0))


def position_of(cursor: str | None) -> Position:
    """Raises Invalid for a cursor that we did not make."""
    return START if cursor is None else decode_cursor(cursor, Position)


def end_below(horizon: int) -> Position:
    """After all events of transactions below this one."""
    return Position(horizon - 1, UUID(int=2**128 - 1))


async def horizon(session: AsyncSession) -> int:
    """Every transaction below this one has ended: no event below it can still appear."""
    return int(await session.scalar(_HORIZON) or 0)


def restored_elsewhere() -> Unavailable:
    return Unavailable(
        "The log was restored into a database server that counts transactions anew; nothing new is told until an "
        "operator has run `lapor log catch-up`.",
        code="log_behind",
    )


async def readers_horizon(session: AsyncSession) -> int:
    """The same for whoever goes on from a position. In a cluster that has counted fewer transactions than the one that
    the log was written in, new events would stand before positions, and nobody would ever hear of them: raises
    Unavailable; no service starts so.
    """
    row = (await session.execute(_READABLE)).one()
    if row.is_ahead:
        raise restored_elsewhere()
    return int(row.horizon)


class Moment(NamedTuple):
    """A snapshot: which transactions had ended. Whose events it does not see come after it, whatever their number."""

    first_running: int
    next: int
    running: frozenset[int]

    @classmethod
    def of(cls, snapshot: str) -> Self:
        """Of the text of a `pg_snapshot`: `10:20:10,14`."""
        first, following, running = snapshot.split(":")
        return cls(int(first), int(following), frozenset(int(one) for one in running.split(",") if one))

    def sees(self, transaction_id: int) -> bool:
        return transaction_id < self.first_running or (
            transaction_id < self.next and transaction_id not in self.running
        )


async def snapshot(session: AsyncSession) -> str:
    """Of this moment, to be kept."""
    return str(await session.scalar(_SNAPSHOT))
