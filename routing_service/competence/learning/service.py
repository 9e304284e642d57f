"""Models: learned from what agencies have confirmed, put in force, taken back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import kinds, queries, training
from routing_service.competence.learning.model import Model, reading
from routing_service.competence.learning.queries import Disposition
from routing_service.competence.learning.schemas import ModelView
from routing_service.competence.learning.storage import BadModel
from routing_service.competence.learning.training import Example, Trained
from routing_service.competence.place.locate import Locator
from routing_service.registry.directory import Directory
from shared.clients import Client
from shared.domain.states import ModelState
from shared.errors import Conflict, NotFound

WEIGHT_OF_RETURNED = 2.0  #: of a report that found its agency only after another had returned it
LEAST_COMPARED = 20  #: reports on which two models are told apart

Say = Callable[[str], None]


class CannotTrain(Conflict):
    code = "cannot_train"


@dataclass(frozen=True)
class Comparison:
    """On held-back reports that neither has learned from."""

    other: int
    reports: int
    right: int
    right_of_other: int

    @property
    def worse(self) -> bool:
        return self.reports < LEAST_COMPARED or self.right < self.right_of_other

    @property
    def sentence(self) -> str:
        if self.reports < LEAST_COMPARED:
            return (
                f"Only {self.reports} reports came after those that model {self.other} has learned from;"
                f" {LEAST_COMPARED} are needed to tell which is better."
            )
        return (
            f"Of {self.reports} reports that neither has learned from it names {self.right} rightly,"
            f" and model {self.other}, which is in force, {self.right_of_other}."
        )


async def get_model(session: AsyncSession, id: int) -> ModelView:
    found = await queries.model(session, id)
    if found is None:
        raise NotFound(f"There is no model {id}; `lapor routing models list` shows those that there are.")
    return ModelView.model_validate(found)


async def activate_model(session: AsyncSession, id: int, client: Client, *, now: datetime) -> ModelView:
    """Of two at once the second waits, and stays in force."""
    await queries.lock_models(session)
    if (await get_model(session, id)).state is ModelState.ACTIVE:
        raise Conflict(f"Model {id} is in force already; there is nothing to activate.", code="model_active")
    try:
        await asyncio.to_thread(Model.load, await queries.blob(session, id) or b"")
    except BadModel as error:
        raise Conflict(f"Model {id} cannot be put in force. {error}", code="bad_model") from error
    await queries.put_in_force(session, id, actor=client.actor, now=now)
    return await get_model(session, id)


async def roll_back(session: AsyncSession, client: Client, *, now: datetime) -> ModelView:
    """To the newest model before the one in force that has been in force."""
    await queries.lock_models(session)
    active = await queries.active_id(session)
    if active is None:
        raise Conflict("No model is in force; train one and activate it.", code="no_model")
    former = await queries.former(session, active)
    if former is None:
        raise Conflict(f"No model was in force before model {active}; activate another one.", code="nothing_before")
    return await activate_model(session, former, client, now=now)


def examples(dispositions: Sequence[Disposition], directory: Directory, locator: Locator, *, say: Say) -> list[Example]:
    """What each report teaches. Reports of agencies that are no longer known teach their successors."""
    found = []
    say(f"Locating {len(dispositions):,} reports")
    labels = {code: kinds.class_of(code, directory) for code in {one.agency for one in dispositions}}
    for one in dispositions:
        place = locator.locate(one.inquiry)
        label = labels[one.agency]
        named = kinds.resolve(label, place.region, directory, one.inquiry.received_on)
        found.append(
            Example(
                reading(one.inquiry),
                label,
                one.inquiry.received_on,
                weight=WEIGHT_OF_RETURNED if one.returned else 1.0,
                category=one.inquiry.category or "",
                certain=list(named) == [one.agency],
            )
        )
    return found


def learn(
    dispositions: Sequence[Disposition],
    directory: Directory,
    locator: Locator,
    *,
    wanted: float,
    least: int,
    since: date,
    say: Say,
) -> tuple[Trained, list[Example]]:
    """CPU for a minute: never in an event loop that serves. Raises CannotTrain.

    `since`: up to this day the model in force has learned.
    """
    if len(dispositions) < least:
        raise CannotTrain(
            f"{len(dispositions)} reports have been confirmed by an agency; {least} are needed to learn from"
            " (--min-reports). Until then rules alone decide, and decisions say so."
        )
    taught = examples(dispositions, directory, locator, say=say)
    say(f"Learning from {len(taught):,} reports")
    try:
        return training.train(taught, wanted=wanted, since=since), taught
    except training.TooFew as error:
        raise CannotTrain(str(error)) from error


async def seen_until(session: AsyncSession) -> date:
    """The day of the latest report that the model in force has learned from."""
    active = await queries.active_id(session)
    return date.max if active is None else (await get_model(session, active)).trained_on.last.date()


async def compare(session: AsyncSession, trained: Trained) -> Comparison | None:
    """With the model in force, on the latest reports; None where there is none, or none that this release can read."""
    other = await queries.active_id(session)
    if other is None:
        return None
    try:
        model = await asyncio.to_thread(Model.load, await queries.blob(session, other) or b"", version=other)
    except BadModel:
        return None  # of another format: it decides nothing any more
    seen, later = await seen_until(session), trained.later
    unseen = np.array([one.received_on > seen for one in later.examples], dtype=np.bool_)
    if not unseen.any():
        return Comparison(other, 0, 0, 0)
    latest = [one for one, is_new in zip(later.examples, unseen, strict=True) if is_new]
    best = model.classifier.rank([one.reading for one in latest]).classes[:, 0]
    right_of_other = training.right(model.classifier, latest, best)
    return Comparison(other, len(latest), int(later.right[unseen].sum()), int(right_of_other.sum()))


def _instant(example: Example) -> datetime:
    return datetime.combine(example.received_on, time(), UTC)


async def store_model(
    session: AsyncSession,
    trained: Trained,
    taught: Sequence[Example],
    dispositions: Sequence[Disposition],
    client: Client,
    *,
    wanted: float,
    compared_with: int | None,
    now: datetime,
) -> ModelView:
    """As a candidate; it decides nothing yet."""
    days = [_instant(example) for example in taught]
    trained_on = {
        "reports": len(taught),
        "returned": sum(one.returned for one in dispositions),
        "agencies": len({one.agency for one in dispositions}),
        "classes": len(trained.classifier.classes),
        "first": min(days).isoformat(),
        "last": max(days).isoformat(),
    }
    id = await queries.add_model(
        session,
        blob=await asyncio.to_thread(Model(trained.classifier, trained.threshold).dump),
        metrics=metrics(trained, wanted),
        trained_on=trained_on,
        trained_by=client.actor,
        trained_at=now,
        compared_with=compared_with,
    )
    return await get_model(session, id)


def metrics(trained: Trained, wanted: float) -> dict[str, Any]:
    alone = trained.confidence >= trained.threshold
    return {
        "held_back": len(alone),
        "top1": round(float(trained.trial.right.mean()), 4),
        "coverage": round(float(alone.mean()), 4),
        "precision": round(float(trained.trial.right[alone].mean()), 4) if alone.any() else None,
        "wanted": wanted,
        "threshold": trained.threshold,
    }
