"""Forgets old idempotency keys, now and then. APScheduler keeps the time, PostgreSQL keeps the state."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from intake_api.keys import queries
from shared.clock import utc_now
from shared.database import Sessions
from shared.settings import IntakeSettings

logger = logging.getLogger(__name__)

FIRST_SECONDS = 60.0
PURGE_SECONDS = 3600.0
BATCH = 1000


async def purge(sessions: Sessions, *, days: int, batch: int = BATCH, clock: Callable[[], datetime] = utc_now) -> int:
    """Delete the keys older than so many days, a batch to a transaction; how many."""
    before, purged = clock() - timedelta(days=days), 0
    while True:
        async with sessions.begin() as session:
            count = await queries.purge(session, before=before, limit=batch)
        purged += count
        if count < batch:
            return purged


async def _purge_and_say(sessions: Sessions, days: int) -> None:
    purged = await purge(sessions, days=days)
    logger.info("idempotency keys purged", extra={"purged": purged})


def create_scheduler(sessions: Sessions, settings: IntakeSettings) -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        _purge_and_say,
        IntervalTrigger(seconds=PURGE_SECONDS, jitter=60),
        args=(sessions, settings.idempotency_days),
        id="purge",
        next_run_time=utc_now() + timedelta(seconds=FIRST_SECONDS),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    return scheduler
