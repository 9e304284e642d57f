"""Waiting for what happens elsewhere in its own time: no test fails because a machine is slow or stood still."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

#: So long that only what never happens is given up.
PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 0.01

Scalar = Callable[[str], Awaitable[object]]


def patiently() -> asyncio.Timeout:
    return asyncio.timeout(PATIENCE_SECONDS)


async def until(true: Callable[[], object]) -> None:
    """`true` may be asynchronous."""
    async with patiently():
        while not await _found(true):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(_PAUSE_SECONDS)


async def eventually(probe: Callable[[], object], expected: object) -> None:
    seen: object = None

    async def as_expected() -> bool:
        nonlocal seen
        seen = await _found(probe)
        return seen == expected

    try:
        await until(as_expected)
    except TimeoutError:
        raise AssertionError(f"expected {expected}, saw {seen}") from None


async def _found(probe: Callable[[], object]) -> object:
    found = probe()
    return await found if inspect.isawaitable(found) else found


_WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def until_somebody_waits(scalar: Scalar, *, many: int = 1) -> None:
    """For locks, in the database that is asked: the server has those of other tests, too."""

    async def are_there() -> bool:
        found = await scalar(_WAITERS)
        return isinstance(found, int) and found >= many

    await until(are_there)


_QUIET = "SELECT coalesce(max(transaction_id), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM events"


async def log_is_quiet(scalar: Scalar) -> None:
    """Until every transaction on the server that began before our last event has ended, other tests' too."""
    await until(lambda: scalar(_QUIET))
