"""The region of reports that were decided on when nobody could tell it: before there were boundaries, mostly.

Several may look for them at once, and each may be stopped at any moment. What was found is passed over afterwards, so
that whoever begins anew looks only at what has no region of its own yet.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report import families
from routing_service.work.decisions import queries, regions
from routing_service.work.decisions.advice import Advising
from shared.clock import utc_now
from shared.database import Sessions


async def count(sessions: Sessions) -> int:
    async with sessions() as session:
        return await queries.count_without_region(session)


async def locate(sessions: Sessions, *, advising: Advising, batch: int = 50) -> AsyncGenerator[tuple[int, int], None]:
    """How many were looked at and how many of these got a region, batch by batch, each in a transaction."""
    after = UUID(int=0)
    while True:
        async with sessions.begin() as session:
            report_ids = await queries.without_region(session, after=after, limit=batch)
            if not report_ids:
                return
            found = await _locate(session, report_ids, advising, utc_now())
        after = report_ids[-1]
        yield len(report_ids), found


async def _locate(session: AsyncSession, report_ids: Sequence[UUID], advising: Advising, now: datetime) -> int:
    adviser = await advising.adviser(session, report_ids)
    await adviser.think()  # before any lock is taken
    files = await families.open_files(session, report_ids)
    for file in files.values():
        advised = await adviser.on(session, file.case, file.history, now)
        regions.find(file.case, advised.opinion)
        regions.tell(file, now=now)
    await families.store_files(session, files, now=now)
    return sum(bool(file.drafts) for file in files.values())
