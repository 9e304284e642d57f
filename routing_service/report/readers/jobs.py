"""What was read so long ago that nobody is to know of it any more is forgotten, each hour."""

import asyncio
import logging
from datetime import timedelta

from routing_service.report.readers import queries
from shared.clock import utc_now
from shared.database import Sessions

logger = logging.getLogger(__name__)

SECONDS = 3600.0


async def forgetting(sessions: Sessions, *, days: int) -> None:
    """Until it is cancelled."""
    while True:
        try:
            async with sessions.begin() as session:
                await queries.forget(session, before=utc_now() - timedelta(days=days))
        except Exception:
            logger.exception("reads of reports that are old enough were not forgotten")
        await asyncio.sleep(SECONDS)
