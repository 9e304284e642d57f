"""Models: learned from what agencies have confirmed, put in force, taken back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import kinds, training
from routing_service.competence.learning.model import Model, reading
from routing_service.competence.learning.storage import BadModel
from routing_service.competence.learning.training import Example, Saying, Trained
from routing_service.competence.models import queries
from routing_service.competence.models.queries import Disposition
from routing_service.competence.models.schemas import Metrics, ModelView, TrainedOn
from routing_service.competence.place import loading
from routing_service.competence.place.locate import Locator
from routing_service.registry.agencies.queries import directory
from routing_service.registry.directory import Directory
from shared.clients import Client
from shared.database import release_when_idle
from shared.domain.states import ModelState
from shared.errors import Conflict, NotFound

WEIGHT_OF_RETURNED = 2.0  #: of a report that found its agency only after another had returned it
LEAST_COMPARED = 20  #: reports on which two models are told apart
LEAST_REPORTS = 200  #: with fewer nothing is learned, unless somebody says so
LONGEST_SECONDS = 3_600


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


async def load(session: AsyncSession, id: int) -> Model:
    """Raises BadModel."""
    return await asyncio.to_thread(Model.load, await queries.blob(session, id) or b"", version=id)


async def activate_model(session: AsyncSession, id: int, client: Client, *, now: datetime) -> ModelView:
    """Of two at once the second waits, and stays in force."""
    await queries.lock_models(session)
    if (await get_model(session, id)).state is ModelState.ACTIVE:
        raise Conflict(f"Model {id} is in force already; there is nothing to activate.", code="model_active")
    try:
        await load(session, id)
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


async def train(
    session: AsyncSession,
    client: Client,
    *,
    wanted: float,
    least: int,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    force: bool = False,
    said: Sequence[Saying] | None = None,
) -> tuple[ModelView, Comparison | None]:
    """Learn anew, and put it in force if it is no worse. CPU for a minute, in a thread. Raises CannotTrain.

    `said`: what it is calibrated on, beyond what is wanted; None: on the latest reports.
    """
    await release_when_idle(session, seconds=LONGEST_SECONDS)
    taken = await queries.dispositions(session, since=since, until=until, limit=training.MOST_REPORTS)
    known, locator, seen = await directory(session), await loading.load_locator(session), await _seen(session)
    asked = wanted if said is None else training.asked(wanted)
    trained = await asyncio.to_thread(
        learn, taken, known, locator, wanted=asked, least=least, since=seen, said=said or ()
    )
    compared = await compare(session, trained)
    made = await store_model(
        session,
        Model(trained.classifier, trained.threshold),
        client,
        metrics=metrics(trained, wanted),
        trained_on=trained_on(taken, trained),
        compared_with=None if compared is None else compared.other,
        now=now,
    )
    if compared is None or force or not compared.worse:
        made = await activate_model(session, made.id, client, now=now)
    return made, compared


def learn(
    taken: Sequence[Disposition],
    directory: Directory,
    locator: Locator,
    *,
    wanted: float,
    least: int,
    since: date,
    said: Sequence[Saying] = (),
) -> Trained:
    """CPU for a minute: never in an event loop that serves. Raises CannotTrain.

    `since`: up to this day the model in force has learned.
    """
    if len(taken) < least:
        raise CannotTrain(
            f"{len(taken)} reports have been confirmed by an agency; {least} are needed to learn from"
            " (--min-reports). Until then rules alone decide, and decisions say so."
        )
    try:
        return training.train(examples(taken, directory, locator), wanted=wanted, since=since, said=said)
    except training.TooFew as error:
        raise CannotTrain(str(error)) from error


def examples(taken: Sequence[Disposition], directory: Directory, locator: Locator) -> list[Example]:
    """What each report teaches. Reports of agencies that are no longer known teach their successors."""
    found = []
    labels = {code: kinds.class_of(code, directory) for code in {one.agency for one in taken}}
    for one in taken:
        label, day = labels[one.agency], one.inquiry.received_on
        named = kinds.resolve(label, locator.locate(one.inquiry).region, directory, day)
        found.append(
            Example(
                reading(one.inquiry),
                label,
                day,
                weight=WEIGHT_OF_RETURNED if one.returned else 1.0,
                category=one.inquiry.category or "",
                certain=list(named) == [one.agency],
            )
        )
    return found


async def _seen(session: AsyncSession) -> date:
    """The day of the latest report that the model in force has learned from."""
    active = await queries.active_id(session)
    return date.max if active is None else (await get_model(session, active)).trained_on.last.date()


async def compare(session: AsyncSession, trained: Trained) -> Comparison | None:
    """With the model in force, on the latest reports; None where there is none, or none that this release can read."""
    other = await queries.active_id(session)
    if other is None:
        return None
    try:
        model = await load(session, other)
    except BadModel:
        return None  # of another format: it decides nothing any more
    seen = await _seen(session)
    new = [position for position, one in enumerate(trained.later.examples) if one.received_on > seen]
    if not new:
        return Comparison(other, 0, 0, 0)
    asked = [trained.later.examples[position] for position in new]
    told = training.trial(asked, model.classifier, model.classifier.rank([one.reading for one in asked]))
    return Comparison(other, len(new), int(trained.later.right[new].sum()), int(told.right.sum()))


async def store_model(
    session: AsyncSession,
    model: Model,
    client: Client,
    *,
    metrics: Metrics,
    trained_on: TrainedOn,
    compared_with: int | None,
    now: datetime,
) -> ModelView:
    """As a candidate; it decides nothing yet."""
    id = await queries.add_model(
        session,
        blob=await asyncio.to_thread(model.dump),
        metrics=metrics.model_dump(mode="json"),
        trained_on=trained_on.model_dump(mode="json"),
        trained_by=client.actor,
        trained_at=now,
        compared_with=compared_with,
    )
    return await get_model(session, id)


def trained_on(taken: Sequence[Disposition], trained: Trained) -> TrainedOn:
    days = [datetime.combine(one.inquiry.received_on, time(), UTC) for one in taken]
    return TrainedOn(
        reports=len(taken),
        returned=sum(one.returned for one in taken),
        agencies=len({one.agency for one in taken}),
        classes=len(trained.classifier.classes),
        first=min(days),
        last=max(days),
    )


def metrics(trained: Trained, wanted: float) -> Metrics:
    right = trained.trial.right
    alone = trained.classifier.sureness.probabilities(trained.trial.leads) >= trained.threshold
    return Metrics(
        held_back=len(alone),
        top1=round(float(right.mean()), 4),
        coverage=round(float(alone.mean()), 4),
        precision=round(float(right[alone].mean()), 4) if alone.any() else None,
        wanted=wanted,
        threshold=trained.threshold,
    )
