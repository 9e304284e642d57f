"""Holds what lacks its evidence, where an operator has switched that on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from routing_service.work.evidence import demanding
from shared.clock import utc_now
from shared.database import Sessions
from shared.settings import RoutingSettings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30.0


@asynccontextmanager
async def demanding_evidence(
    sessions: Sessions, settings: RoutingSettings, woke: Callable[[], None]
) -> AsyncIterator[None]:
    """`woke`: what to do when something was put into the outbox."""
    if not settings.evidence_wait_minutes:
        yield
        return
    wait = timedelta(minutes=settings.evidence_wait_minutes)
    task = asyncio.create_task(_look(sessions, wait, woke), name="demanding evidence")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _look(sessions: Sessions, wait: timedelta, woke: Callable[[], None]) -> None:
    """Until cancelled. Never raises: what is to be held is found again."""
    while True:
        held = 0
        try:
            held = await demanding.hold_what_lacks_evidence(sessions, wait=wait, now=utc_now())
        except Exception as error:
            logger.warning("worker failed", extra={"worker": "demanding evidence", "error": type(error).__name__})
        if held:
            woke()
        if held < demanding.PORTION:
            await asyncio.sleep(LOOK_SECONDS)
