"""Is everything delivered? Read from the services' figures."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from services.demo.stack import Stack, total

POLL_SECONDS = 0.5
#: Nothing moved for so long: somebody has to look.
STALLED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Outbox:
    waiting: int
    parked: int
    acknowledged: int  #: since the processes started


async def outbox(stack: Stack) -> Outbox:
    """Waiting and parked rows are counted in the database, so every service says the same; acknowledged by each."""
    lines = await stack.metrics()
    return Outbox(
        waiting=round(total(lines, "lapor_outbox_depth") / 3),
        parked=round(total(lines, "lapor_outbox_parked") / 3),
        acknowledged=round(total(lines, "lapor_outbox_acknowledged_total")),
    )


async def wait_until_delivered(stack: Stack, *, seen: Callable[[Outbox], None] = lambda _: None) -> Outbox:
    """The outbox once no row waits any more, or after it has not moved for STALLED_SECONDS."""
    state = await outbox(stack)
    moved_at = time.monotonic()
    while state.waiting and time.monotonic() - moved_at < STALLED_SECONDS:
        seen(state)
        await asyncio.sleep(POLL_SECONDS)
        before, state = state, await outbox(stack)
        if state.waiting != before.waiting or state.acknowledged != before.acknowledged:
            moved_at = time.monotonic()
    seen(state)
    return state
