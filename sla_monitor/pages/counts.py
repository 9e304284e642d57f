"""What is late or at risk in the whole country, counted once a minute where it is much.

Among a million reports that costs seconds: who looks meanwhile sees the count of before, with its instant. Little is
counted anew each time.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.queries.reach import Reach
from sla_monitor.pages import urgent_queries
from sla_monitor.pages.urgency import Held, StageLine, total

logger = logging.getLogger(__name__)

#: So many reports are much.
MUCH = 5_000
FRESH = timedelta(minutes=1)
#: Older than this nobody is shown it: they wait for a new one.
OLDEST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Counts:
    at: datetime
    stages: Sequence[StageLine]
    held: Sequence[Held]
    near: int  #: soon 60 days without an answer


class KeptCounts:
    """Of one process. Only of the whole country: every other part is counted when somebody asks."""

    def __init__(self) -> None:
        self._kept: Counts | None = None
        self._counting: asyncio.Task[None] | None = None

    async def get(self, session: AsyncSession, sessions: Sessions, reach: Reach, *, now: datetime) -> Counts:
        kept = self._kept
        if reach.codes is not None or kept is None or not timedelta() <= now - kept.at <= OLDEST:
            return await self._count(session, reach, now)
        if now - kept.at > FRESH and (self._counting is None or self._counting.done()):
            self._counting = asyncio.create_task(self._count_anew(sessions, reach, now))
        return kept

    async def _count(self, session: AsyncSession, reach: Reach, now: datetime) -> Counts:
        stages, held = await urgent_queries.counted(session, reach, now=now)
        found = Counts(now, stages, held, await urgent_queries.count_near(session, reach, now=now))
        if reach.codes is None:
            self._kept = found if sum(total(held)) > MUCH else None
        return found

    async def _count_anew(self, sessions: Sessions, reach: Reach, now: datetime) -> None:
        try:
            async with sessions.begin() as session:
                await self._count(session, reach, now)
        except Exception:
            logger.exception("what is late was not counted anew")
