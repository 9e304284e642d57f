"""Events come in by HTTP, and the jobs run: on a database of their own, since these commit."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.clients import Role
from shared.database import Sessions, create_sessions
from shared.domain.lifecycle import Level, Status
from shared.ids import new_id
from shared.log import events
from shared.log.inbox import BATCH_MEDIA_TYPE
from shared.metrics import Metrics
from shared.schema import Chain, Report
from shared.settings import MonitorSettings
from sla_monitor import seed
from sla_monitor.app import create_app
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.recompute import service as recompute
from tests.factories import NOON, a_registry, bearer, report_values, settings
from tests.payloads import complete
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.histories import History, at_work
from tests.sla_monitor.post import an_officer
from tests.sla_monitor.stored import a_report, many_reports, rows, went_on
from tests.waiting import patiently, until, until_somebody_waits

SERVICE = bearer(Role.SERVICE, sub="intake_api")
STARTED = "2026-03-02 10:00"


@pytest.fixture
async def app(own_database_url: str, sessions: Sessions) -> AsyncIterator[FastAPI]:
    app = create_app(settings(own_database_url, MonitorSettings))
    app.state.references = SeededReferences()
    yield app
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


def event_about(report_id: UUID, seq: int = 1) -> dict[str, Any]:
    return {
        "id": str(new_id()), "source": "urn:lapor:intake_api", "type": "report.received", "subject": str(report_id),
        "time": NOON.isoformat(), "data": {"report_id": str(report_id), "seq": seq},
    }  # fmt: skip


async def post(client: httpx.AsyncClient, *batch: dict[str, Any], headers: dict[str, str] = SERVICE) -> httpx.Response:
    content_type = {"Content-Type": BATCH_MEDIA_TYPE}
    return await client.post("/internal/events", json=list(batch), headers=headers | content_type)


async def count(sessions: Sessions, statement: str) -> int:
    async with sessions() as session:
        return int((await session.execute(text(statement))).scalar_one())


async def a_poisonous_report(sessions: Sessions) -> UUID:
    """Its clocks can be computed, and no PostgreSQL stores them: a lone surrogate stands in its history."""
    report_id = new_id()
    async with sessions.begin() as session:
        await session.execute(insert(Report).values(report_values(id=report_id, region_code=None, category_code=None)))
        await session.execute(insert(Chain).values(report_id=report_id, seq=1, hash=b"", fact_seq=1))
        await session.execute(
            text(
                "INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, "
                "hash) VALUES (:id, :id, 1, 'report.received', :at, :at, 'x', CAST(:data AS json), '', '')"
            ),
            {
                "id": report_id, "at": NOON,
                "data": json.dumps(complete("report.received", {"holder": {"level": "agency", "agency": "\ud800"}})),
            },
        )  # fmt: skip
    return report_id


async def test_events_start_the_clocks_of_their_reports(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        report_id = await a_report(session, at_work(STARTED))
    first, second = event_about(report_id), event_about(report_id, 2)

    answer = await post(client, first, second)

    assert answer.status_code == 200, answer.text
    assert answer.json()["results"] == [
        {"id": first["id"], "outcome": "done", "detail": None},
        {"id": second["id"], "outcome": "done", "detail": None},
    ]
    assert await count(sessions, "SELECT count(*) FROM clocks WHERE computed_seq = 3") == 6


async def test_the_same_events_again_change_nothing(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        report_id = await a_report(session, at_work(STARTED))
    await post(client, event_about(report_id))
    before = await count(sessions, "SELECT sum(xmin::text::bigint) FROM clocks")

    answer = await post(client, event_about(report_id))

    assert answer.json()["results"][0]["outcome"] == "done"
    assert await count(sessions, "SELECT sum(xmin::text::bigint) FROM clocks") == before


async def test_a_report_that_somebody_holds_is_answered_later_and_holds_up_nobody_else(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        held, poison = await a_report(session, at_work(STARTED)), await a_poisonous_report(sessions)
        free = [await a_report(session, at_work(STARTED)) for _ in range(2)]
    batch = [event_about(report_id) for report_id in (free[0], held, poison, free[1])]

    async with sessions.begin() as holder:
        await events.lock_head(holder, held)
        async with patiently():
            answer = await post(client, *batch)
    again = await post(client, batch[1])

    said = [(one["outcome"], one["detail"]) for one in answer.json()["results"]]
    assert said == [("done", None), ("later", None), ("retry", "DBAPIError"), ("done", None)]
    assert again.json()["results"][0]["outcome"] == "done"
    assert await count(sessions, "SELECT count(DISTINCT report_id) FROM clocks") == 3


async def test_one_poisonous_report_does_not_hold_up_the_batch(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        good = [await a_report(session, at_work(STARTED)) for _ in range(3)]
    poison, unknown = await a_poisonous_report(sessions), new_id()

    answer = await post(client, *map(event_about, [good[0], poison, good[1], unknown, good[2]]))

    said = [(one["outcome"], one["detail"]) for one in answer.json()["results"]]
    assert [outcome for outcome, _ in said] == ["done", "retry", "done", "retry", "done"]
    assert said[1][1] == "DBAPIError"  # a kind of error, and nothing of the report
    assert said[3][1] == "no_report"
    assert await count(sessions, "SELECT count(DISTINCT report_id) FROM clocks") == 3


async def test_who_gets_a_report_is_told_however_often_the_event_comes(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        await an_officer(session)
        holder: dict[str, Any] = {"holder_level": Level.AGENCY, "holder_agency_code": "SAMARINDA-PU"}
        history = History().received(STARTED).verified(STARTED).assigned(STARTED, "SAMARINDA-PU")
        report_id = await a_report(session, history, status=Status.ASSIGNED, **holder)
        ids = [row.id for row in await rows(session, "SELECT id FROM events ORDER BY seq")]
    types = [event.type for event in history.events]
    batch = [event_about(report_id, n) | {"id": str(id), "type": types[n - 1]} for n, id in enumerate(ids, 1)]

    for _ in range(2):
        assert (await post(client, *batch)).status_code == 200

    assert await count(sessions, "SELECT count(*) FROM notifications WHERE event_id IS NOT NULL") == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer nonsense"}, 401), (bearer(Role.NATIONAL_ADMIN), 403), (SERVICE, 200)],
)
async def test_only_the_services_may_send_events(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await post(client, event_about(new_id()), headers=headers)).status_code == status


async def test_without_reference_data_events_wait(sessions: Sessions, own_database_url: str) -> None:
    """503, so that the relay counts no attempt: `lapor seed` was not run yet."""
    app = create_app(settings(own_database_url, MonitorSettings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sla") as client:
        answer = await post(client, event_about(new_id()))
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()

    assert (answer.status_code, answer.json()["code"]) == (503, "no_reference_data")


async def test_batches_that_overlap_at_once_leave_each_report_with_its_clocks(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        reports = [await a_report(session, at_work(STARTED)) for _ in range(30)]

    parts = (reports, reversed(reports), reports[10:], reports[:20])
    answers = await asyncio.gather(
        *(
            post(client, *map(event_about, part), headers=bearer(Role.SERVICE, sub=f"sender-{number}"))
            for number, part in enumerate(parts)
        )
    )

    assert {one["outcome"] for answer in answers for one in answer.json()["results"]} == {"done"}
    assert await count(sessions, "SELECT count(*) FROM clocks") == 30 * 6


async def test_facts_and_sweeps_at_once_end_with_the_clocks_that_the_facts_make(
    sessions: Sessions,
) -> None:
    """Answers come in while the sweep escalates; whoever is first, the chains hold and a late answer is late."""
    references = SeededReferences()
    history = at_work(STARTED)
    async with sessions.begin() as session:
        reports = [await a_report(session, history) for _ in range(20)]
    await recompute.recompute(sessions, references, reports)
    history.responded("2026-03-12 09:00")

    async def answer(report_id: UUID) -> None:
        async with sessions.begin() as session:
            await went_on(session, report_id, history)
        await recompute.recompute(sessions, references, [report_id])

    jobs = a_monitor(sessions, sweep_batch=5)
    await asyncio.gather(*map(answer, reports), jobs.sweep(), jobs.sweep(), jobs.sweep())
    await jobs.sweep()

    async with sessions() as session:
        found = await rows(session, "SELECT outcome, breached_at, level FROM clocks WHERE stage = 'first_response'")
        recorded = await rows(
            session,
            "SELECT array_agg(step_code ORDER BY step_at) AS codes FROM escalations "
            "WHERE stage = 'first_response' AND revoked_at IS NULL GROUP BY report_id",
        )
    assert {(row.outcome, row.level) for row in found} == {("late", 1)}
    assert {tuple(row.codes) for row in recorded} == {(-1, 0)}
    assert all(row.breached_at is not None for row in found)


async def test_what_delivery_left_behind_is_computed_without_it(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await a_report(session, at_work(STARTED))  # recorded in March: its outbox rows have waited long

    assert await recompute.catch_up(sessions, SeededReferences()) == 1
    assert await recompute.catch_up(sessions, SeededReferences()) == 0
    assert await count(sessions, "SELECT count(*) FROM clocks") == 6


# --- the jobs ----------------------------------------------------------------------------------------------


async def test_the_relays_are_woken_when_clocks_have_said_something_and_not_otherwise(sessions: Sessions) -> None:
    history, woken = at_work(STARTED), list[str]()
    async with sessions.begin() as session:
        report_id = await a_report(session, history)

    async def compute(name: str) -> None:
        await recompute.recompute(sessions, SeededReferences(), [report_id], wake=lambda: woken.append(name))

    await compute("received")
    await a_monitor(sessions).sweep()
    history.responded("2026-03-03 09:00")
    async with sessions.begin() as session:
        await went_on(session, report_id, history)
    await compute("an answer in time, which is entered late")

    assert woken == ["an answer in time, which is entered late"]


def a_monitor(sessions: Sessions, *, wake: Callable[[], None] = lambda: None, **changes: Any) -> Jobs:
    metrics = MonitorMetrics(Metrics().registry)
    return Jobs(sessions, SeededReferences(), metrics, settings("unused", MonitorSettings, **changes), wake=wake)


async def test_the_first_sweep_does_not_wait_and_wakes_the_relays(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await many_reports(session, 3)
    woken = asyncio.Event()

    async with a_monitor(sessions, wake=woken.set, sweep_seconds=3600).running(), patiently():
        await woken.wait()

    assert await count(sessions, "SELECT count(*) FROM escalations") == 9


async def test_a_database_that_is_away_costs_a_tick_and_not_the_monitor(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    jobs = a_monitor(create_sessions(nowhere), sweep_seconds=0.05)
    async with sessions.begin() as session:
        await many_reports(session, 3)

    with caplog.at_level(logging.WARNING):
        async with jobs.running():

            async def failed_twice() -> bool:
                return bool(jobs._metrics.sweeps_failed._value.get() >= 2)

            await until(failed_twice)
            jobs._sessions = sessions  # it is back

            async def swept() -> bool:
                return await count(sessions, "SELECT count(*) FROM escalations") == 9

            await until(swept)

    assert "sweep failed" in caplog.messages
    assert not [record for record in caplog.records if record.exc_info]
    await nowhere.dispose()


async def test_what_breaks_off_with_the_monitor_is_rolled_back(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await many_reports(session, 400)
    jobs = a_monitor(sessions, sweep_batch=10)

    async with jobs.running():

        async def begun() -> bool:
            return await count(sessions, "SELECT count(*) FROM escalations") > 0

        await until(begun)

    assert not jobs._ticks
    await jobs.sweep()
    assert await count(sessions, "SELECT count(*) FROM escalations") == 1200


async def test_the_figures_of_the_monitor_are_scraped(
    client: httpx.AsyncClient, sessions: Sessions, own_engine: AsyncEngine
) -> None:
    await seed.load_rules(own_engine, progress=lambda _: None)
    async with sessions.begin() as session:
        report_id = await a_report(session, at_work(STARTED))
        await a_report(session, at_work(STARTED))
    await post(client, event_about(report_id))

    text_ = (await client.get("/metrics")).text

    assert 'lapor_clocks_overdue{stage="first_response"} 1.0' in text_
    assert "lapor_reports_behind 1.0" in text_
    assert "lapor_calendar_years_incomplete " in text_
    assert "lapor_sweep_seconds_count" in text_


async def test_a_fact_is_read_under_the_lock_of_its_report(sessions: Sessions) -> None:
    """Recomputation that waited for an appender knows what it appended."""
    history = at_work(STARTED)
    async with sessions.begin() as session:
        report_id = await a_report(session, history)

    async with sessions.begin() as session:
        assert await events.lock_head(session, report_id) is not None
        waiting = asyncio.create_task(recompute.recompute(sessions, SeededReferences(), [report_id]))
        await until_somebody_waits(partial(count, sessions))
        await went_on(session, report_id, history.responded("2026-03-04 09:00"))
    await waiting

    assert await count(sessions, "SELECT min(computed_seq) FROM clocks") == 4
