"""What every transaction of a pool begins with: how long a statement may take, and how long it may lie idle.

Said in the message that begins the transaction, which costs no round trip, and for that transaction alone, as a
PgBouncer in transaction mode demands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import asyncpg

_BEGIN = "BEGIN"


@dataclass(frozen=True, slots=True)
class Bounds:
    statement_seconds: float
    idle_seconds: float | None = None
    actor: str | None = None  #: who changes something; the log of the registry names them
    reader: str | None = None  #: a role that row-level security holds for

    @property
    def opening(self) -> str:
        bounds = (
            ("statement_timeout", self.statement_seconds),
            ("idle_in_transaction_session_timeout", self.idle_seconds),
        )
        limits = " ".join(f"SET LOCAL {name} = {round(seconds * 1000)};" for name, seconds in bounds if seconds)
        if self.reader is not None:
            limits += f" SET LOCAL ROLE {self.reader};"
        # An actor has no character that would end the text.
        return limits if self.actor is None else f"{limits} SET LOCAL lapor.actor = '{self.actor}';"


#: Those of the request that is being answered, where they differ from those of its pool.
_bounds: ContextVar[Bounds | None] = ContextVar("bounds", default=None)


@contextmanager
def within(bounds: Bounds) -> Iterator[None]:
    """For the transactions that begin meanwhile, of a pool that has bounds."""
    token = _bounds.set(bounds)
    try:
        yield
    finally:
        _bounds.reset(token)


def reader() -> str | None:
    """As whom the request that is being answered reads."""
    bounds = _bounds.get()
    return None if bounds is None else bounds.reader


def connection_class(usual: Bounds) -> type[asyncpg.Connection]:
    """asyncpg's connection, whose transactions have bounds. What runs in autocommit has none."""

    class Bounded(asyncpg.Connection):  # type: ignore[misc]
        async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
            if query.startswith(_BEGIN) and not args:
                query += " " + (_bounds.get() or usual).opening
            status: str = await super().execute(query, *args, timeout=timeout)
            return status

    return Bounded
