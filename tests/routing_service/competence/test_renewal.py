"""A model is learned anew every month, once, and trusted less where it was right too seldom."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psutil
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import kinds, sureness, training
from routing_service.competence.learning.model import Model
from routing_service.competence.learning.training import Saying
from routing_service.competence.models import queries, renewal, service
from routing_service.competence.models.jobs import Renewal
from routing_service.competence.models.renewal import LEAST_SURE, Record
from routing_service.competence.models.schemas import ModelView
from routing_service.competence.models.service import CannotTrain
from routing_service.competence.prediction import Likely, Prediction
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.ids import new_id
from shared.schema import RoutingDecision
from shared.settings import RoutingSettings
from tests import factories
from tests.factories import a_registry, a_report
from tests.routing_service.competence.learning_corpora import METRICS, TRAINED_ON, examples, trained

AGENCIES = {"PU": "SAMARINDA-PU", "DLH": "SAMARINDA-DINKES", "DISHUB": "BALIKPAPAN-PU"}
LEARNED_AT = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 2, 1, tzinfo=UTC)
MASKED = (
    "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
    " SELECT id, title, body, '[]', 1, now(), 'x' FROM reports ON CONFLICT DO NOTHING"
)


async def a_model(session: AsyncSession, **changes: Any) -> int:
    values = {
        "blob": Model(trained().classifier, 0.9).dump(), "metrics": METRICS, "trained_on": TRAINED_ON,
        "trained_by": "operator:op-1", "trained_at": LEARNED_AT,
    }  # fmt: skip
    return await queries.add_model(session, **values | changes)


async def in_force(session: AsyncSession, **changes: Any) -> int:
    id = await a_model(session, **changes)
    await queries.put_in_force(session, id, actor="operator:op-1", now=LEARNED_AT)
    return id


async def told(
    session: AsyncSession, *, right: bool, probability: float = 0.95, secret: bool = False, **changes: Any
) -> None:
    """A confirmed report of which the model in force said something when it was new."""
    agency, other = "SAMARINDA-PU", "SAMARINDA-DINKES"
    values = {"status": Status.ANSWERED, "agency_code": agency, "received_at": NEXT_MONTH, "secret": secret}
    report = await a_report(session, **values | changes)
    said = Prediction(1, (Likely(agency if right else other, probability),), 0.9, (0.4 if right else -0.2, 0.3))
    for number, explained in enumerate((said, replace(said, likely=(Likely(other, 0.2),)))):  # and once more, later
        await session.execute(
            insert(RoutingDecision).values(
                id=new_id(), report_id=report, event_id=new_id(), actor="service:routing_service", automatic=False,
                decided_at=NEXT_MONTH + timedelta(hours=number), explanation={"prediction": explained.as_data()},
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "due"), [(NEXT_MONTH - timedelta(seconds=1), False), (NEXT_MONTH, True), (NEXT_MONTH.replace(day=28), True)]
)
async def test_a_model_is_learned_anew_on_the_first_of_a_month(session: AsyncSession, now: datetime, due: bool) -> None:
    await in_force(session)

    assert await renewal.is_due(session, now=now) is due


async def test_nothing_is_due_where_no_model_is_in_force_or_this_month_brought_one(session: AsyncSession) -> None:
    assert not await renewal.is_due(session, now=NEXT_MONTH)
    await in_force(session)
    await a_model(session, trained_at=NEXT_MONTH)  # not put in force, for it was worse

    assert not await renewal.is_due(session, now=NEXT_MONTH + timedelta(days=5))


async def test_a_model_that_this_release_cannot_read_is_learned_anew_at_once(session: AsyncSession) -> None:
    await in_force(session, blob=b"LAPORMODEL\x02" + bytes(40))

    assert await renewal.is_due(session, now=LEARNED_AT)


async def _prepare(sessions: Sessions, *, copies: int = 1, **changes: Any) -> int:
    """A model of January, and the reports of January and February."""
    async with sessions.begin() as session:
        await a_registry(session)
        for one in examples() * copies:
            if not one.label.startswith(kinds.MARK):
                await a_report(
                    session, title="Laporan", body=one.reading.text, status=Status.ANSWERED,
                    agency_code=AGENCIES[one.label], received_at=datetime.combine(one.received_on, time(1), UTC),
                )  # fmt: skip
        await session.execute(text(MASKED))
        seen = {**TRAINED_ON, "last": "2026-01-20T00:00:00+00:00"}
        return await in_force(session, **{"trained_on": seen} | changes)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LEAST_REPORTS", 50)


async def test_of_many_that_would_learn_one_does_it_and_it_comes_into_force(sessions: Sessions, few: None) -> None:
    former = await _prepare(sessions)

    made = [one for one in await asyncio.gather(*(_renew(sessions) for _ in range(3))) if one is not None]

    assert len(made) == 1
    assert (made[0].state, made[0].trained_by, made[0].compared_with) == ("active", "service:routing_service", former)
    assert (made[0].metrics.wanted, made[0].trained_on.reports) == (0.95, 96)
    assert await _renew(sessions) is None


async def _renew(sessions: Sessions) -> ModelView | None:
    return await renewal.renew_model(sessions, now=NEXT_MONTH + timedelta(days=10))


async def test_who_is_ended_while_learning_leaves_nothing_and_another_learns(
    sessions: Sessions, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _prepare(sessions)
    with monkeypatch.context() as broken:
        broken.setattr(training, "train", _killed)
        with pytest.raises(KeyboardInterrupt):
            await _renew(sessions)

    made = await _renew(sessions)

    assert made is not None
    assert made.state == "active"


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


async def test_a_model_that_is_not_shown_to_be_as_good_stays_a_candidate(sessions: Sessions, few: None) -> None:
    former = await _prepare(sessions, trained_on={**TRAINED_ON, "last": "2026-02-05T00:00:00+00:00"})

    made = await _renew(sessions)

    assert made is not None
    assert made.state == "candidate"  # there is nothing that the one in force has not seen
    async with sessions() as session:
        assert await queries.active_id(session) == former
    assert await _renew(sessions) is None


async def test_too_few_reports_teach_nothing_and_leave_the_model_in_force(sessions: Sessions) -> None:
    former = await _prepare(sessions)

    with pytest.raises(CannotTrain):
        await _renew(sessions)
    async with sessions() as session:
        assert await queries.active_id(session) == former


def test_a_model_is_calibrated_on_what_the_former_ones_said_where_that_is_enough() -> None:
    """They were right half of the time, however far ahead."""
    said = [Saying(0.9, (0.1 * (number % 7), 0.5), number % 2 == 0) for number in range(training.LEAST_SAID)]

    too_few = training.calibrated(trained(), said[1:], wanted=0.9)
    assert (too_few.threshold, too_few.classifier.sureness.shift) == (
        trained().threshold,
        trained().classifier.sureness.shift,
    )
    found = training.calibrated(trained(), said, wanted=0.96)
    assert found.threshold == sureness.NEVER
    assert found.classifier.sureness.probabilities(trained().trial.leads) == pytest.approx(0.5, abs=0.05)


async def test_what_was_said_first_of_confirmed_reports_counts_and_of_secret_ones_nothing(
    session: AsyncSession,
) -> None:
    await told(session, right=True)
    await told(session, right=False, probability=0.6)
    await told(session, right=True, secret=True)
    await told(session, right=True, status=Status.ASSIGNED)
    await told(session, right=True, received_at=NEXT_MONTH - timedelta(seconds=1))

    found = await queries.sayings(session, since=NEXT_MONTH)

    assert sorted((one.probability, one.leads, one.right) for one in found) == [
        (0.6, (-0.2, 0.3), False),
        (0.95, (0.4, 0.3), True),
    ]


def a_record(right: int, wrong: int, *, below: int = 0) -> Record:
    """Reports of which a model was sure, and some of which it was not."""
    said = [Saying(0.95, (0.4, 0.4), number < right) for number in range(right + wrong)]
    said += [Saying(0.5, (0.0, 0.0), True)] * below
    metrics = {**METRICS, "wanted": 0.95, "threshold": 0.9}
    model = ModelView.model_validate(
        {
            "id": 1, "state": "active", "metrics": metrics, "trained_on": TRAINED_ON, "trained_by": "operator:op-1",
            "trained_at": LEARNED_AT, "compared_with": None, "activated_by": None, "activated_at": None,
            "size_bytes": 1,
        }
    )  # fmt: skip
    return Record(model, LEARNED_AT, said)


@pytest.mark.parametrize(
    ("right", "wrong", "falls_short"),
    [
        (45, 5, True),
        (46, 4, False),
        (0, LEAST_SURE - 1, False),
        (0, LEAST_SURE, True),
        (188, 12, False),
        (186, 14, True),
    ],
)
def test_a_model_falls_short_where_chance_does_not_explain_it(right: int, wrong: int, falls_short: bool) -> None:
    found = a_record(right, wrong, below=20)

    assert (found.lower() is not None) is falls_short
    assert (found.achieved.reports, found.achieved.right) == (right + wrong, right)


def test_the_threshold_rises_to_where_enough_were_right() -> None:
    said = [Saying(0.90 + 0.0005 * number, (0.4, 0.4), number >= 60 or number % 2 == 0) for number in range(200)]

    lowered = replace(a_record(1, 0), said=said).lower()

    assert lowered is not None
    assert 0.9 < lowered < sureness.NEVER


async def test_a_model_that_falls_short_is_followed_by_itself_with_another_threshold(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        former = await in_force(session)
        for number in range(LEAST_SURE):
            await told(session, right=number % 2 == 0)

    found = await asyncio.gather(*(renewal.watch(sessions, now=NEXT_MONTH + timedelta(days=1)) for _ in range(3)))

    assert any(one is not None and one.precision == 0.5 for one in found)
    async with sessions() as session:
        listed = await renewal.page_of_models(session, limit=10, now=NEXT_MONTH + timedelta(days=1))
        assert [(one.state, one.compared_with) for one in listed.items] == [("active", former), ("retired", None)]
        model = Model.load(await queries.blob(session, listed.items[0].id) or b"")
        assert model.threshold == listed.items[0].metrics.threshold == sureness.NEVER
        assert listed.achieved is not None
        assert (listed.achieved.reports, listed.achieved.precision) == (0, None)  # it assigns nothing alone any more
        assert not await renewal.is_due(session, now=LEARNED_AT)


async def test_the_hourly_look_sets_the_gauges_and_learns_only_what_is_due(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = 0

    async def learn(_: Renewal) -> None:
        nonlocal learned
        learned += 1

    monkeypatch.setattr(Renewal, "_learn", learn)
    metrics = CollectorRegistry()
    looking = Renewal(sessions, factories.settings("postgresql://", RoutingSettings), metrics)
    async with sessions.begin() as session:
        await a_registry(session)
        await in_force(session, trained_at=datetime.now(UTC))
        for number in range(4):
            await told(session, right=number > 0, received_at=datetime.now(UTC) + timedelta(minutes=1))

    assert not await looking.turn()

    assert metrics.get_sample_value("lapor_routing_precision") == 0.75
    assert metrics.get_sample_value("lapor_routing_precision_wanted") == 0.95
    assert metrics.get_sample_value("lapor_routing_precision_reports") == 4
    assert learned == 0
    async with sessions.begin() as session:
        await session.execute(text("UPDATE routing_models SET trained_at = now() - interval '32 days'"))
    await looking.turn()
    assert learned == 0  # it has looked within the hour
    monkeypatch.setattr(looking, "_look_at", 0.0)
    await looking.turn()
    assert learned == 1


@pytest.mark.slow
@pytest.mark.skipif(
    "LAPOR_TEST_LEARNERS" not in os.environ, reason="`make faults` starts and kills processes that learn"
)
async def test_a_process_that_learns_may_be_killed_and_the_next_one_does_it(sessions: Sessions) -> None:
    former = await _prepare(sessions, copies=3)
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    renewing = Renewal(sessions, factories.settings(url, RoutingSettings), CollectorRegistry())

    task = asyncio.create_task(renewing.turn())
    while not await _learns(sessions):  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0.05)
    for child in psutil.Process().children():
        if "routing_service.competence.models.jobs" in child.cmdline():
            child.kill()
    await task
    assert await _newest(sessions) == former

    await Renewal(sessions, factories.settings(url, RoutingSettings), CollectorRegistry()).turn()
    assert await _newest(sessions) > former


async def _learns(sessions: Sessions) -> bool:
    held = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = hashtext('routing_models_renewal')::oid"
    )
    async with sessions() as session:
        return bool(await session.scalar(text(held)))


async def _newest(sessions: Sessions) -> int:
    async with sessions() as session:
        return int(await session.scalar(text("SELECT max(id) FROM routing_models")) or 0)
