"""How a pull feed goes along the log: in the order of transactions, up to the oldest that still runs.

Ids and instants are given out before the commit, so that a reader who went by those would pass an event that commits
late and never come back to it (docs/decisions/0007).
"""

from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.wire import decode_cursor, encode_cursor

_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


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
