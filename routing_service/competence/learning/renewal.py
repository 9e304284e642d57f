"""A model is learned anew every month.

Nothing is remembered but in the tables: what is due follows from them. One transaction holds the lock while a model is
learned, so that of any number of processes one does it; if that is killed, nothing was done, and another begins anew.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import queries, service, training
from routing_service.competence.learning.achieved import LOOKING_BACK, ROUTING, asked
from routing_service.competence.learning.queries import Saying
from routing_service.competence.learning.schemas import ModelView
from routing_service.competence.learning.storage import FORMAT
from routing_service.competence.learning.training import Trained
from routing_service.competence.place import loading
from routing_service.registry.agencies.queries import directory
from shared.database import Sessions, release_when_idle

LEAST_SAID = 200  #: reports that were told something when they were new: with fewer it is calibrated on itself
LEAST_REPORTS = 200
LONGEST_SECONDS = 3_600


async def is_due(session: AsyncSession, *, now: datetime) -> bool:
    """A model is in force, and this month (UTC) none was learned that this release can read."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if await queries.active_id(session) is None:
        return False
    return not await queries.was_learned_since(session, month, format=FORMAT)


async def renew_model(sessions: Sessions, *, now: datetime) -> ModelView | None:
    """Learn anew if that is due, and put it in force if it is no worse. CPU for a minute. Raises CannotTrain."""
    async with sessions.begin() as session:
        if not await queries.try_to_renew(session) or not await is_due(session, now=now):
            return None
        await release_when_idle(session, seconds=LONGEST_SECONDS)
        wanted, since = await _wanted(session), await service.seen_until(session)
        taken = await queries.dispositions(session, since=None, until=now, limit=training.MOST_REPORTS)
        known, locator = await directory(session), await loading.load_locator(session)
        said = await queries.sayings(session, since=now - LOOKING_BACK)
        trained, taught = await asyncio.to_thread(
            service.learn, taken, known, locator, wanted=asked(wanted), least=LEAST_REPORTS, since=since, say=_silently
        )
        trained = calibrated(trained, said, wanted=asked(wanted))
        compared = await service.compare(session, trained)
        other = None if compared is None else compared.other
        made = await service.store_model(
            session, trained, taught, taken, ROUTING, wanted=wanted, compared_with=other, now=now
        )
        if compared is None or not compared.worse:
            made = await service.activate_model(session, made.id, ROUTING, now=now)
        return made


def calibrated(trained: Trained, said: Sequence[Saying], *, wanted: float) -> Trained:
    """By what the models in force said of reports when these were new, where that is enough."""
    if len(said) < LEAST_SAID:
        return trained
    leads = np.array([one.leads for one in said], dtype=np.float32)
    right = np.array([one.right for one in said], dtype=np.bool_)
    return training.calibrated(trained, leads, right, wanted=wanted)


def _silently(_message: str) -> None:
    pass


async def _wanted(session: AsyncSession) -> float:
    active = await queries.active_id(session)
    assert active is not None
    return (await service.get_model(session, active)).metrics.wanted
