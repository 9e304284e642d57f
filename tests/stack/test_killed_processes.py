"""`kill -9` of any process at any moment: nothing is lost, nothing is done twice."""

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from services.database import engine_for
from tests.effort import times
from tests.forks import ForkedStack
from tests.stack.driving import (
    INTAKE,
    MONITOR,
    ROUTING,
    Milestones,
    assert_each_was_assigned_and_clocked_once,
    settled,
    submit,
    submit_many,
)

pytestmark = pytest.mark.slow

REPORTS = times(128, 2000)
AUTOMATIC = {"LAPOR_AUTOMATIC_ASSIGNMENT": "true", "LAPOR_SWEEP_SECONDS": "1"}


async def test_services_killed_amid_submissions_catch_up_exactly_once(database_url: str, home: Path) -> None:
    """routing_service after a quarter of them, sla_monitor after a half, each until it has missed an eighth."""
    eighth = REPORTS // 8
    async with ForkedStack(database_url, home=home, environment=AUTOMATIC) as stack:
        accepted = Milestones(2 * eighth, 3 * eighth, 4 * eighth, 5 * eighth)
        submitting = asyncio.create_task(submit_many(stack, REPORTS, milestones=accepted))
        for killed, started, service in ((2, 3, ROUTING), (4, 5, MONITOR)):
            await accepted.reached(killed * eighth)
            await stack.kill(service)
            await accepted.reached(started * eighth)
            await stack.start_service(service)
        tracking_numbers = await submitting

        engine = engine_for(database_url)
        await settled(engine)
        assert len(set(tracking_numbers)) == REPORTS
        await assert_each_was_assigned_and_clocked_once(engine, REPORTS)
        await engine.dispose()


async def test_two_copies_of_each_service_and_one_of_each_killed_do_everything_once(
    database_url: str, home: Path
) -> None:
    count = REPORTS // 2
    async with ForkedStack(database_url, home=home, environment=AUTOMATIC, copies=2) as stack:
        accepted = Milestones(count // 4, count // 2)
        submitting = asyncio.create_task(submit_many(stack, count, milestones=accepted, copies=2))
        await accepted.reached(count // 4)
        for service in (INTAKE, ROUTING, MONITOR):
            await stack.kill(service, 1)
        await accepted.reached(count // 2)
        for service in (INTAKE, ROUTING, MONITOR):
            await stack.start_service(service, 1)
        tracking_numbers = await submitting

        engine = engine_for(database_url)
        await settled(engine)
        assert len(set(tracking_numbers)) == count
        await assert_each_was_assigned_and_clocked_once(engine, count)
        await engine.dispose()


async def test_a_submission_with_a_key_is_one_report_through_either_copy_and_a_kill_in_between(
    database_url: str, home: Path
) -> None:
    stack = ForkedStack(database_url, home=home, copies=2)
    try:
        await asyncio.gather(stack.start_service(INTAKE, 0), stack.start_service(INTAKE, 1))
        async with httpx.AsyncClient(trust_env=False) as client:
            first = await submit(client, stack, 0, copies=2)
            await stack.kill(INTAKE, 0)
            again = await submit(client, stack, 0, copies=2)
            await stack.start_service(INTAKE, 0)
            through_the_restarted = await submit(client, stack, 0, copies=2)
    finally:
        await stack.stop()

    assert first == again == through_the_restarted
    engine = engine_for(database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM reports")) == 1
    await engine.dispose()
