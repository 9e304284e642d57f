"""Adds up the months of receipt in which something has changed: after an event, and when a deadline has passed.

What is kept is as of one instant for all months, and the same as what the rows of the reports say of that instant.
"""

import time
from datetime import date, datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from sla_monitor.sums import queries
from sla_monitor.sums.queries import Summing

#: Of the time of one processor: a nation's months take seconds, and are then added up every few minutes.
LONGEST_SHARE = 0.1
_SERIALIZATION_FAILURE = "40001"


async def keep(sessions: Sessions, summing: Summing, *, at_once: bool = False) -> int | None:
    """How many months were added up; None: another monitor does it, or it was done a moment ago.

    One view of the database for all of it, so that what is marked and what is added up belong together.
    """
    try:
        async with sessions.begin() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            if not await queries.lock(session):
                return None
            state, now = await queries.state(session), await queries.now(session)
            if state is not None and not at_once and now < state.as_of + pause_after(state.seconds):
                return None
            return await add_up(session, summing, as_of=now)
    except DBAPIError as error:  # another one has just done it
        if getattr(error.orig, "sqlstate", None) != _SERIALIZATION_FAILURE:
            raise
        return None


async def add_up_anew(sessions: Sessions, summing: Summing) -> None:
    """All months. Where a monitor adds up at this moment, it goes on with them."""
    async with sessions.begin() as session:
        await queries.mark_all(session)
    await keep(sessions, summing, at_once=True)


def pause_after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds / LONGEST_SHARE)


async def add_up(session: AsyncSession, summing: Summing, *, as_of: datetime) -> int:
    """Within a transaction: bring all sums to an instant. Those of a month in which nothing changes stay."""
    began = time.perf_counter()
    state = await queries.state(session)
    months = await queries.marked(session) | await queries.passed(session, as_of=as_of)
    if state is None or state.terms != summing.terms.digest:
        months |= await queries.all_months(session)
    for first_day in sorted(months):
        await summing.month(session, first_day, _last_day(first_day), as_of=as_of)
        await summing.spread(session, first_day, _last_day(first_day), as_of=as_of)
    for year in sorted({first_day.year for first_day in months}):
        await summing.spread(session, date(year, 1, 1), date(year, 12, 31), as_of=as_of)
    seconds = time.perf_counter() - began if months else None
    await queries.keep_state(session, as_of=as_of, terms=summing.terms.digest, seconds=seconds)
    return len(months)


def _last_day(first_day: date) -> date:
    return (first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
