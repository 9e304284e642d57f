"""Collects what nobody needs any more, in every copy. APScheduler keeps the time, PostgreSQL keeps the state."""

import logging
from dataclasses import asdict
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from intake_api.evidence.store import Store, StoreTrouble
from intake_api.uploads.collecting import collect, sweep
from shared.clock import utc_now
from shared.database import Sessions

logger = logging.getLogger(__name__)

COLLECT_SECONDS = 3600.0
SWEEP_SECONDS = 86_400.0  #: the whole store is listed
FIRST_SECONDS = {"collect": 120.0, "sweep": 1800.0}


async def _collect(sessions: Sessions, store: Store) -> None:
    collected = await collect(sessions, store, now=utc_now())
    logger.info("uploads and files collected", extra=asdict(collected))


async def _sweep(sessions: Sessions, store: Store) -> None:
    try:
        count = await sweep(sessions, store, now=utc_now())
    except StoreTrouble:
        return  # it was logged; tomorrow is another day
    logger.info("objects swept from the store", extra={"count": count})


def add_collector(scheduler: AsyncIOScheduler, sessions: Sessions, store: Store) -> None:
    for job, seconds, name in ((_collect, COLLECT_SECONDS, "collect"), (_sweep, SWEEP_SECONDS, "sweep")):
        scheduler.add_job(
            job,
            IntervalTrigger(seconds=int(seconds), jitter=60),
            args=(sessions, store),
            id=name,
            next_run_time=utc_now() + timedelta(seconds=FIRST_SECONDS[name]),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
