"""What was given out and is long over is forgotten."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from routing_service.access.oauth import queries
from shared.clock import utc_now
from shared.database import Sessions

logger = logging.getLogger(__name__)

EVERY_SECONDS = 600.0
#: A token that is brought again is known for a stolen one as long as its row is there.
KEPT_FOR = timedelta(days=1)
BATCH = 5_000


async def forget_all_passed(sessions: Sessions) -> int:
    """How many rows; safe to do twice, and in several processes at once."""
    forgotten = 0
    for model in queries.PASSING:
        deleted = BATCH
        while deleted == BATCH:
            async with sessions.begin() as session:
                deleted = await queries.forget_passed(session, model, before=utc_now() - KEPT_FOR, limit=BATCH)
            forgotten += deleted
    return forgotten


@asynccontextmanager
async def forgetting(sessions: Sessions) -> AsyncIterator[None]:
    task = asyncio.create_task(_go_on(sessions), name="forgetting")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_on(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await forget_all_passed(sessions)
        except Exception as error:
            logger.warning("forgetting failed", extra={"error": type(error).__name__})
