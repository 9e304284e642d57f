"""Draws the map of the country before anybody asks for it: its outlines are many, and are read once."""

from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from shared.clock import utc_now
from shared.database import Sessions
from shared.pages.outlines import Outlines

FIRST_SECONDS, DRAW_SECONDS = 3.0, 600.0


async def draw_country(sessions: Sessions, outlines: Outlines) -> None:
    """One small query, while the sets that are in force are the same."""
    async with sessions() as session:
        await outlines.map_of(session, "")


def add_drawing(scheduler: AsyncIOScheduler, sessions: Sessions, outlines: Outlines) -> None:
    scheduler.add_job(
        draw_country,
        IntervalTrigger(seconds=DRAW_SECONDS, jitter=30),
        args=(sessions, outlines),
        id="draw",
        next_run_time=utc_now() + timedelta(seconds=FIRST_SECONDS),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
