"""Seals what older releases left in clear. APScheduler keeps the time, PostgreSQL keeps the state."""

import logging
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from intake_api.identities.renewal import Renewed, seal_older
from intake_api.identities.sealing import Identities
from shared.clock import utc_now
from shared.database import Sessions
from shared.errors import Unavailable

logger = logging.getLogger(__name__)

FIRST_SECONDS = 5.0
SEAL_SECONDS = 600.0  #: while a copy of the release before runs, it still writes in clear


async def _seal(sessions: Sessions, identities: Identities) -> None:
    renewed = Renewed()
    try:
        await seal_older(sessions, identities, renewed)
    except Unavailable as trouble:
        logger.error("identities lie in clear", extra={"trouble": trouble.detail})
        return
    if renewed.sealed:
        logger.info("identities sealed", extra={"count": renewed.sealed})


def add_jobs(scheduler: AsyncIOScheduler, sessions: Sessions, identities: Identities) -> None:
    scheduler.add_job(
        _seal,
        IntervalTrigger(seconds=SEAL_SECONDS, jitter=60),
        args=(sessions, identities),
        id="seal",
        next_run_time=utc_now() + timedelta(seconds=FIRST_SECONDS),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
