"""How often the model in force was right where it was sure. If that falls short, it assigns less alone, or nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import queries, service, thresholds
from routing_service.competence.learning.model import Model
from routing_service.competence.learning.queries import Saying
from routing_service.competence.learning.schemas import Achieved, ModelList, ModelView
from shared.clients import Client, Role
from shared.database import Sessions

MARGIN = 0.01  #: asked for above the precision that is wanted: what was learned ages until it is learned anew
LOOKING_BACK = timedelta(days=122)  #: what was said for so long tells how sure to be
LEAST_SURE = 50  #: reports on which a model is judged

ROUTING = Client("routing_service", Role.SERVICE)


def asked(wanted: float) -> float:
    return min(wanted + MARGIN, 0.999)


@dataclass(frozen=True)
class Record:
    """What the model in force has said of reports that an agency has confirmed since."""

    model: ModelView
    since: datetime
    said: Sequence[Saying]

    @property
    def threshold(self) -> float:
        return self.model.metrics.threshold

    @property
    def achieved(self) -> Achieved:
        sure = [one for one in self.said if one.probability >= self.threshold]
        right = sum(one.right for one in sure)
        return Achieved(
            since=self.since,
            reports=len(sure),
            right=right,
            precision=round(right / len(sure), 4) if sure else None,
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
        found = thresholds.choose(confidence, right, wanted=asked(achieved.wanted))
        return found if found > self.threshold else thresholds.NEVER


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
        found = await record(session, now=now)
        if found is None or found.lower() is None:
            return None if found is None else found.achieved
        await queries.lock_models(session)
        found = await record(session, now=now)  # whoever held the lock may have done it
        threshold = None if found is None else found.lower()
        if found is not None and threshold is not None:
            await _trust_less(session, found.model, threshold, now=now)
        return None if found is None else found.achieved


async def _trust_less(session: AsyncSession, model: ModelView, threshold: float, *, now: datetime) -> None:
    held = await asyncio.to_thread(Model.load, await queries.blob(session, model.id) or b"")
    made = await queries.add_model(
        session,
        blob=await asyncio.to_thread(replace(held, threshold=threshold).dump),
        metrics={**model.metrics.model_dump(mode="json"), "threshold": threshold},
        trained_on=model.trained_on.model_dump(mode="json"),
        trained_by=ROUTING.actor,
        trained_at=model.trained_at,
        compared_with=model.id,
    )
    await service.activate_model(session, made, ROUTING, now=now)


async def page_of_models(session: AsyncSession, *, limit: int, now: datetime) -> ModelList:
    rows = await queries.models(session, limit=limit)
    found = await record(session, now=now)
    return ModelList(
        items=[ModelView.model_validate(row) for row in rows],
        active=None if found is None else found.model.id,
        achieved=None if found is None else found.achieved,
    )
