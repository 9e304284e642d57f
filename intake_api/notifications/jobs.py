"""Reads the log and tells reporters, in every copy of the service at once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from intake_api.notifications import queries, service
from intake_api.notifications.metrics import NewsMetrics
from intake_api.notifications.post import Post
from shared.clock import utc_now
from shared.database import Sessions
from shared.http.problems import is_away

logger = logging.getLogger(__name__)

CLOSING_SECONDS = 300.0
PURGE_SECONDS = 3600.0
PURGED_AT_ONCE = 1_000

Job = Callable[[], Awaitable[None]]


@asynccontextmanager
async def telling(sessions: Sessions, post: Post, metrics: NewsMetrics) -> AsyncIterator[None]:
    async def gather() -> None:
        metrics.read.inc(await service.gather_news(sessions, post))

    async def send() -> None:
        outcomes = await service.send_news(sessions, post)
        metrics.count(outcomes)
        if outcomes:
            logger.info("reporters told", extra={"outcomes": dict(outcomes)})

    async def find_closing() -> None:
        await service.find_closing(sessions, post)

    async def purge() -> None:
        before = utc_now() - timedelta(days=post.settings.news_days)
        full = True
        while full:
            async with sessions.begin() as session:
                full = await queries.purge_news(session, before=before, limit=PURGED_AT_ONCE) == PURGED_AT_ONCE

    often = post.settings.mail_seconds
    jobs: tuple[tuple[Job, float], ...] = (
        (gather, often), (send, often), (find_closing, CLOSING_SECONDS), (purge, PURGE_SECONDS),
    )  # fmt: skip
    tasks = [asyncio.create_task(_go_on(job, seconds), name=job.__name__) for job, seconds in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _go_on(job: Job, seconds: float) -> None:
    """What fails is logged; what is due stays due."""
    while True:
        try:
            await job()
        except Exception as error:
            away = is_away(error)
            name = getattr(job, "__name__", "")
            logger.warning("%s failed", name, extra={"error": type(error).__name__}, exc_info=None if away else error)
        await asyncio.sleep(seconds)
