"""What a process keeps in memory of the registry, the rules, the boundaries and the model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from routing_service.app import create_app
from routing_service.competence.decision import Doubt
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.knowledge import RETRY_SECONDS, Knowledge
from routing_service.competence.opinion import Known, opine
from routing_service.competence.place.place import Place
from routing_service.competence.prediction import Likely, Prediction
from routing_service.competence.rules.apply import NO_RULE_SET
from shared.database import Sessions
from shared.settings import RoutingSettings
from tests.factories import a_registry, a_rule_set, settings
from tests.routing_service.driving import ADMIN

ROADS = {"category": ["roads"]}
INQUIRY = Inquiry("Jalan berlubang", "Di depan pasar.", date(2026, 3, 2), category="roads", region="64.72")


class Stopwatch:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def failures(registry: CollectorRegistry, part: str) -> float:
    return registry.get_sample_value("lapor_routing_part_failures_total", {"part": part}) or 0.0


@pytest.fixture
async def registered(session: AsyncSession) -> AsyncSession:
    """The registry of the world, with a rule."""
    await a_rule_set(session, (ROADS, {"agency": "SAMARINDA-PU"}))
    return session


async def a_model(session: AsyncSession, blob: bytes) -> int:
    await session.execute(
        text("UPDATE routing_models SET state = 'retired' WHERE state = 'active'"),
    )
    statement = text(
        "INSERT INTO routing_models (state, blob, metrics, trained_on, trained_by, trained_at, activated_at)"
        " VALUES ('active', :blob, '{}', '{}', 'operator:test', now(), now()) RETURNING id"
    )
    return int((await session.execute(statement, {"blob": blob})).scalar_one())


async def test_everything_is_read_once_and_then_costs_one_query(registered: AsyncSession) -> None:
    knowledge = Knowledge(CollectorRegistry())
    first = await knowledge.current(registered)
    seen: list[str] = []
    connection = (await registered.connection()).sync_connection
    assert connection is not None
    event.listen(connection, "before_cursor_execute", lambda *given: seen.append(given[2]))

    second = await knowledge.current(registered)

    assert second.directory is first.directory
    assert (second.rules, second.places) == (first.rules, first.places)
    assert len(seen) == 1
    assert second.versions["rules"] == first.rules.id


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("UPDATE agencies SET name = 'Dinas PUPR' WHERE code = 'SAMARINDA-PU'", "registry"),
        ("UPDATE categories SET label_id = 'Jalan' WHERE code = 'roads'", "registry"),
        ("UPDATE rule_sets SET state = 'retired'", "rules"),
        ("INSERT INTO regions (code, name) VALUES ('31', 'DKI Jakarta')", "boundaries"),
    ],
)
async def test_what_has_changed_is_read_anew_and_nothing_else(
    registered: AsyncSession, statement: str, part: str
) -> None:
    knowledge = Knowledge(CollectorRegistry())
    before = (await knowledge.current(registered)).versions
    await registered.execute(text(statement))

    after = (await knowledge.current(registered)).versions

    assert {name for name in after if after[name] != before[name]} == {part}


async def test_a_model_that_cannot_be_read_leaves_the_old_state_and_is_tried_again_later(
    registered: AsyncSession,
) -> None:
    metrics, stopwatch = CollectorRegistry(), Stopwatch()
    knowledge = Knowledge(metrics, monotonic=stopwatch)
    broken = await a_model(registered, b"no model")

    first = await knowledge.current(registered)
    again = await knowledge.current(registered)
    once = failures(metrics, "model")
    stopwatch.seconds = RETRY_SECONDS
    await knowledge.current(registered)

    assert (first.model, first.outdated, first.versions["model"]) == (None, ("model",), None)
    assert (again.outdated, once, failures(metrics, "model")) == (("model",), 1.0, 2.0)
    await registered.execute(text("UPDATE routing_models SET state = 'retired' WHERE id = :id"), {"id": broken})
    assert (await knowledge.current(registered)).outdated == ()


async def test_a_decision_made_with_an_old_part_says_so_and_asks_a_person(registered: AsyncSession) -> None:
    knowledge = Knowledge(CollectorRegistry())
    await a_model(registered, b"no model")

    opinion = opine([INQUIRY], await knowledge.current(registered))[0]
    decision = opinion.decide(INQUIRY, INQUIRY.received_on).decision

    assert (decision.agency, decision.clear) == ("SAMARINDA-PU", False)
    assert [(doubt.code, doubt.values["part"]) for doubt in decision.doubts] == [(Doubt.PART_MISSING, "model")]


async def test_many_reports_at_once_read_it_once(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
    knowledge = Knowledge(CollectorRegistry())
    seen: list[str] = []
    event.listen(own_engine.sync_engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    async def ask() -> Known:
        async with sessions() as session:
            return await knowledge.current(session)

    known = await asyncio.gather(*(ask() for _ in range(5)))

    assert len({id(one.directory) for one in known}) == 1
    assert sum("FROM categories" in statement for statement in seen) == 1


# --- parts that fail on a report ---------------------------------------------------------------------------


class Lost:
    def locate(self, inquiry: Inquiry, *, around: str | None = None) -> Place:
        raise LookupError(f"lost in {inquiry.body}")

    def known(self, code: str) -> str | None:
        return None


class Guesses:
    """Knows everything but what to think of lamps."""

    def predict(self, inquiries: Any, places: Any, directory: Any) -> list[Prediction]:
        if any("lampu" in inquiry.body for inquiry in inquiries):
            raise ZeroDivisionError
        return [Prediction(4, (Likely("SAMARINDA-PU", 0.97),), 0.9) for _ in inquiries]


async def test_a_part_that_fails_on_a_text_is_missed_on_that_text_alone(
    registered: AsyncSession, caplog: pytest.LogCaptureFixture
) -> None:
    known = await Knowledge(CollectorRegistry()).current(registered)
    lamps = Inquiry("Lampu mati", "lampu di Jalan Melati", INQUIRY.received_on, region="64.72")
    bare = Known(known.directory, NO_RULE_SET, known.places, Guesses(), known.versions)

    good, bad = opine([INQUIRY, lamps], bare)

    assert (good.prediction.model, good.missing) == (4, ())
    assert (bad.prediction.model, bad.missing) == (None, ("model",))
    assert good.decide(INQUIRY, INQUIRY.received_on).decision.clear
    assert bad.place.region == "64.72"
    lost = opine([INQUIRY], Known(known.directory, known.rules, Lost(), None, known.versions))[0]
    assert (lost.place.region, lost.missing, lost.ruling.agency) == (None, ("boundaries",), "SAMARINDA-PU")
    assert "pasar" not in caplog.text


# --- two processes -----------------------------------------------------------------------------------------


@asynccontextmanager
async def a_process(url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings(url, RoutingSettings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://routing") as client:
        yield client
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


async def test_a_process_uses_what_another_has_put_in_force_at_the_next_text(
    own_database_url: str, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        first = await a_rule_set(session, (ROADS, {"agency": "SAMARINDA-PU"}))
    body = {"title": "Jalan berlubang", "category": "roads", "location": {"region_code": "64.72"}}

    async with a_process(own_database_url) as http:
        before = (await http.post("/v1/routing/preview", json=body, headers=ADMIN)).json()
        async with sessions.begin() as session:  # as the CLI, or another copy, would
            second = await a_rule_set(session, (ROADS, {"agency": "SAMARINDA-DINKES"}))
        after = (await http.post("/v1/routing/preview", json=body, headers=ADMIN)).json()

    assert (before["agency"], before["versions"]["rules"]) == ("SAMARINDA-PU", first)
    assert (after["agency"], after["versions"]["rules"]) == ("SAMARINDA-DINKES", second)
