"""A model is learned anew every month, and trusted less where it was right too seldom where it was sure.

Nothing is remembered but in the tables: what is due follows from them. One transaction holds the lock while a model is
learned, so that of any number of processes one does it; if that is killed, nothing was done, and another begins anew.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import sureness
from routing_service.competence.learning.storage import BadModel
from routing_service.competence.learning.training import LOOKING_BACK, Saying, asked
from routing_service.competence.models import queries, service
from routing_service.competence.models.schemas import Achieved, ModelList, ModelView
from shared.clients import Client, Role
from shared.database import Sessions

LEAST_SURE = 50  #: reports on which a model is judged

ROUTING = Client("routing_service", Role.SERVICE)


async def is_due(session: AsyncSession, *, now: datetime) -> bool:
    """A model is in force, and this month (UTC) none was learned that this release can read."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if await queries.active_id(session) is None:
        return False
    return not await queries.was_learned_since(session, month)


async def renew_model(sessions: Sessions, *, now: datetime) -> ModelView | None:
    """Learn anew if that is due, and put it in force if it is no worse. CPU for a minute. Raises CannotTrain."""
    async with sessions.begin() as session:
        active = await queries.active_id(session)
        if active is None or not await queries.try_to_renew(session) or not await is_due(session, now=now):
            return None
        wanted = (await service.get_model(session, active)).metrics.wanted
        said = await queries.sayings(session, since=now - LOOKING_BACK)
        least = service.LEAST_REPORTS
        made, _ = await service.train(session, ROUTING, wanted=wanted, least=least, now=now, until=now, said=said)
        return made


@dataclass(frozen=True)
class Record:
    """What the model in force has said of reports that an agency has confirmed since."""

    model: ModelView
    since: datetime
    said: Sequence[Saying]

    @property
    def achieved(self) -> Achieved:
        sure = [one.right for one in self.said if one.probability >= self.model.metrics.threshold]
        return Achieved(
            since=self.since,
            reports=len(sure),
            right=sum(sure),
            precision=round(sum(sure) / len(sure), 4) if sure else None,
            wanted=self.model.metrics.wanted,
        )

    def lower(self) -> float | None:
        """The threshold for a model that was right less often than chance explains; None where it was not."""
        achieved = self.achieved
        if achieved.precision is None or achieved.reports < LEAST_SURE:
            return None
        by_chance = (achieved.wanted * (1 - achieved.wanted) / achieved.reports) ** 0.5
        if achieved.precision + by_chance >= achieved.wanted:
            return None
        confidence = np.array([one.probability for one in self.said])
        right = np.array([one.right for one in self.said], dtype=np.bool_)
        found = sureness.threshold(confidence, right, wanted=asked(achieved.wanted))
        return found if found > self.model.metrics.threshold else sureness.NEVER


async def record(session: AsyncSession, *, now: datetime) -> Record | None:
    """Of the model in force, since it was learned; of the latest months at most."""
    active = await queries.active_id(session)
    if active is None:
        return None
    model = await service.get_model(session, active)
    since = max(model.trained_at, now - LOOKING_BACK)
    return Record(model, since, await queries.sayings(session, since=since))


async def watch(sessions: Sessions, *, now: datetime) -> Achieved | None:
    """How often the model in force was right where it was sure. If that falls short, it assigns less alone, or nothing.

    What was in force stays readable: the same weights with another threshold are a model of their own.
    """
    async with sessions.begin() as session:
        await queries.lock_models(session)
        found = await record(session, now=now)
        if found is None:
            return None
        threshold = found.lower()
        if threshold is not None:
            with contextlib.suppress(BadModel):  # of another format: it decides nothing any more
                await _trust_less(session, found.model, threshold, now=now)
        return found.achieved


async def _trust_less(session: AsyncSession, model: ModelView, threshold: float, *, now: datetime) -> None:
    made = await service.store_model(
        session,
        replace(await service.load(session, model.id), threshold=threshold),
        ROUTING,
        metrics=model.metrics.model_copy(update={"threshold": threshold}),
        trained_on=model.trained_on,
        compared_with=model.id,
        now=model.trained_at,
    )
    await service.activate_model(session, made.id, ROUTING, now=now)


async def page_of_models(session: AsyncSession, *, limit: int, now: datetime) -> ModelList:
    rows = await queries.models(session, limit=limit)
    found = await record(session, now=now)
    return ModelList(
        items=[ModelView.model_validate(row) for row in rows],
        active=None if found is None else found.model.id,
        achieved=None if found is None else found.achieved,
    )
