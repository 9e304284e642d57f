"""Counts are told to the database, and heard from it, as long as a process runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

from shared.errors import Unavailable
from shared.http.limits.counters import Counters

logger = logging.getLogger(__name__)

TELL_SECONDS = 1.0
PURGE_EVERY = timedelta(minutes=10)


@contextlib.asynccontextmanager
async def kept_told(counters: Counters) -> AsyncIterator[None]:
    """Tells and looks, again and again; once more at the end."""
    if not counters.rules:
        yield
        return
    task = asyncio.create_task(_keep_told(counters))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(Unavailable):
            await counters.tell_counts()


async def _keep_told(counters: Counters) -> None:
    purge_at = counters.clock()
    while True:
        try:
            await counters.tell_counts(single=False)
            await counters.hear_counts()
            if counters.clock() >= purge_at:
                await counters.purge_ended()
                purge_at = counters.clock() + PURGE_EVERY
        except Unavailable:
            logger.warning("limits not told: no connection came free")
        except Exception:
            logger.exception("limits not told")
        await asyncio.sleep(TELL_SECONDS)
