"""Is everything delivered, and has the monitor caught up with it? Read from the services' figures."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from services.demo.stack import Stack, total

POLL_SECONDS = 0.5
#: Nothing moved for so long: somebody has to look.
STALLED_SECONDS = 120.0
#: A monitor that sweeps less often than this is not waited for.
SWEEP_PATIENCE_SECONDS = 30.0
#: The first sweep that ends may have begun before the last event came; the second has seen it.
SWEEPS_AFTER = 2

SERVICES = 3


@dataclass(frozen=True, slots=True)
class Outbox:
    waiting: int
    parked: int
    acknowledged: int  #: since the processes started
    sweeps: int  #: of the monitor, since it started
    steps: int  #: that they recorded


async def outbox(stack: Stack) -> Outbox:
    """Waiting and parked rows are counted in the database, so every service says the same; acknowledged by each.

    What routing_service still has to do about new reports waits, too.
    """
    lines = await stack.metrics()
    return Outbox(
        waiting=round(total(lines, "lapor_outbox_depth") / SERVICES + total(lines, "lapor_chores_depth")),
        parked=round(total(lines, "lapor_outbox_parked") / SERVICES),
        acknowledged=round(total(lines, "lapor_outbox_acknowledged_total")),
        sweeps=round(total(lines, "lapor_sweep_seconds_count")),
        steps=round(total(lines, "lapor_ladder_steps_total")),
    )


async def wait_until_settled(stack: Stack, *, seen: Callable[[Outbox], None] = lambda _: None) -> Outbox:
    """The outbox once no row waits and the sweeps find nothing more, or after nothing has moved for long."""
    state = await outbox(stack)
    moved, moved_at = state, time.monotonic()
    while True:
        seen(state)
        still_seconds = time.monotonic() - moved_at
        swept = state.sweeps - moved.sweeps >= SWEEPS_AFTER or still_seconds > SWEEP_PATIENCE_SECONDS
        if (not state.waiting and swept) or still_seconds > STALLED_SECONDS:
            return state
        await asyncio.sleep(POLL_SECONDS)
        state = await outbox(stack)
        if (state.waiting, state.acknowledged, state.steps) != (moved.waiting, moved.acknowledged, moved.steps):
            moved, moved_at = state, time.monotonic()
