"""Regions for reports of before, on a database of their own: batches commit."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from routing_service.competence.boundaries import service as boundaries
from routing_service.competence.knowledge import Knowledge
from routing_service.work.decisions import locating
from routing_service.work.decisions.advice import Advising
from services import audit
from shared.database import Sessions
from shared.schema import EventRow, Report
from tests.factories import NOON, a_registry, a_report
from tests.routing_service.competence.maps import collection, feature, ring

DISTRICT = "64.72.01"
PIN = {"latitude": -0.55, "longitude": 117.15, "region_code": None, "location_text": None}


@pytest.fixture
async def reports(sessions: Sessions) -> list[UUID]:
    """Five with a pin, received before there were boundaries; and one whose pin no polygon has."""
    async with sessions.begin() as session:
        await a_registry(session)
        found = [await a_report(session, **PIN) for _ in range(5)]
        await a_report(session, **PIN | {"latitude": -8.0, "longitude": 112.0})
        drawn = collection(feature(DISTRICT, ring(117.0, -0.7, 0.3)))
        await boundaries.import_set(session, drawn, name="Uji", source="", actor="operator:uji", now=NOON)
    return found


async def located(sessions: Sessions, *, batch: int = 2) -> list[tuple[int, int]]:
    advising = Advising(Knowledge(CollectorRegistry()), 3)
    return [done async for done in locating.locate(sessions, advising=advising, batch=batch)]


async def regions(sessions: Sessions) -> dict[UUID, Any]:
    async with sessions() as session:
        return dict((await session.execute(select(Report.id, Report.found_region_code))).tuples().all())


async def events(sessions: Sessions) -> int:
    async with sessions() as session:
        statement = select(EventRow.id).where(EventRow.type == "report.located")
        return len((await session.scalars(statement)).all())


async def test_reports_of_before_get_a_region_and_an_event_that_says_so(
    sessions: Sessions, own_engine: AsyncEngine, reports: Sequence[UUID]
) -> None:
    assert await locating.count(sessions) == 6

    assert await located(sessions) == [(2, 2), (2, 2), (2, 1)]

    found = await regions(sessions)
    assert {found[report] for report in reports} == {DISTRICT}
    assert list(found.values()).count(None) == 1
    assert await events(sessions) == 5
    assert (await audit.verify(own_engine)).breaks == []


async def test_a_run_that_was_stopped_goes_on_with_the_rest(sessions: Sessions, reports: Sequence[UUID]) -> None:
    advising = Advising(Knowledge(CollectorRegistry()), 3)
    running = locating.locate(sessions, advising=advising, batch=2)
    await anext(running)
    await running.aclose()

    assert await locating.count(sessions) == 4
    await located(sessions)

    assert await locating.count(sessions) == 1
    assert await events(sessions) == 5


async def test_several_at_once_find_each_region_once(sessions: Sessions, reports: Sequence[UUID]) -> None:
    await asyncio.gather(*(located(sessions, batch=3) for _ in range(3)))

    assert await events(sessions) == 5
    assert await locating.count(sessions) == 1


async def test_what_an_officer_set_is_not_looked_at(sessions: Sessions, reports: Sequence[UUID]) -> None:
    async with sessions.begin() as session:
        await session.execute(text("UPDATE reports SET set_region_code = '64.71' WHERE id = :id"), {"id": reports[0]})

    await located(sessions)

    found = await regions(sessions)
    assert found[reports[0]] is None
    assert {found[report] for report in reports[1:]} == {DISTRICT}
