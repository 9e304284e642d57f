"""Folds what has changed into the tallies, now and then: until then whoever reads them adds it up."""

from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from intake_api.tallies import queries
from shared.clock import utc_now
from shared.database import Sessions

FIRST_SECONDS, FOLD_SECONDS = 5.0, 30.0
BATCH = 5_000


async def fold_all(sessions: Sessions, *, batch: int = BATCH) -> int:
    """A batch to a transaction; how many changes. Killed in between, the next one goes on."""
    folded = 0
    while True:
        async with sessions.begin() as session:
            count = await queries.fold(session, limit=batch)
        folded += count
        if count < batch:
            return folded


def add_folding(scheduler: AsyncIOScheduler, sessions: Sessions) -> None:
    scheduler.add_job(
        fold_all,
        IntervalTrigger(seconds=FOLD_SECONDS, jitter=5),
        args=(sessions,),
        id="fold",
        next_run_time=utc_now() + timedelta(seconds=FIRST_SECONDS),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
