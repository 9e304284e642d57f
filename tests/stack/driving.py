"""Driving a stack of real processes over HTTP, and looking at what it left in the database."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services import audit
from services.local.stack import Stack
from shared.clients import Role
from tests.waiting import eventually

INTAKE, ROUTING, MONITOR = "intake_api", "routing_service", "sla_monitor"

#: The clocks of a report that was received, verified and assigned.
ASSIGNED_STAGES = {
    "verification",
    "first_response",
    "resolution",
    "statutory_answer",
    "oversight_response",
    "oversight_resolution",
}


def a_submission(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A clear case: the rules of the reference data know one agency for it."""
    return {
        "classification": "complaint",
        "title": f"Jalan berlubang {number}",
        "body": "Lubang sedalam tiga puluh sentimeter di depan pasar.",
        "category": "road_damage",
        "location": {"region_code": "64.72"},
    } | changes


def of_an_app(stack: Stack) -> dict[str, str]:
    """Minting a token reads all keys: whoever sends much does it once."""
    return {"Authorization": f"Bearer {stack.token(Role.REPORTER_APP, sub='mobile-app')}"}


async def submit(
    client: httpx.AsyncClient, stack: Stack, number: int, *, headers: Mapping[str, str] | None = None, copies: int = 1
) -> dict[str, Any]:
    """Submit once, to whichever copy of intake_api is alive; with a key, because a copy may die in between."""
    sent = {"Idempotency-Key": f"submission-{number}", **(headers or of_an_app(stack))}
    for attempt in itertools.count():
        url = stack.url(INTAKE, (number + attempt) % copies)
        try:
            response = await client.post(f"{url}/v1/reports", json=a_submission(number), headers=sent)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            continue
        if response.status_code in (409, 503):
            await asyncio.sleep(0.05)
            continue
        assert response.status_code == 201, response.text
        receipt: dict[str, Any] = response.json()
        return receipt
    raise AssertionError("unreachable")


class Milestones:
    """Counts, and tells those who wait for one of these numbers."""

    def __init__(self, *counts: int) -> None:
        self._events = {count: asyncio.Event() for count in counts}

    async def reached(self, count: int) -> None:
        await self._events[count].wait()

    def at(self, count: int) -> None:
        if event := self._events.get(count):
            event.set()


async def submit_many(stack: Stack, count: int, *, milestones: Milestones, copies: int = 1) -> list[str]:
    """Submit `count` reports over 16 connections; `milestones` hears how many are accepted."""
    numbers = iter(range(count))
    accepted: list[str] = []
    headers = of_an_app(stack)

    async def work(client: httpx.AsyncClient) -> None:
        for number in numbers:
            receipt = await submit(client, stack, number, headers=headers, copies=copies)
            accepted.append(receipt["tracking_number"])
            milestones.at(len(accepted))

    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        await asyncio.gather(*(work(client) for _ in range(16)))
    return accepted


async def settled(engine: AsyncEngine) -> None:
    """Wait until every event is delivered and acted on, and every report's clocks are computed from its newest fact."""
    statement = text(
        "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM chores),"
        " (SELECT count(*) FROM chains c WHERE NOT EXISTS ("
        " SELECT FROM clocks k WHERE k.report_id = c.report_id AND k.computed_seq >= c.fact_seq))"
    )

    async def left() -> tuple[Any, ...]:
        """Rows of the outbox and chores; reports without up-to-date clocks."""
        async with engine.connect() as connection:
            return tuple((await connection.execute(statement)).one())

    await eventually(left, (0, 0))


async def assert_each_was_assigned_and_clocked_once(engine: AsyncEngine, count: int) -> None:
    async with engine.connect() as connection:
        types = Counter(
            dict(
                tuple(row) for row in await connection.execute(text("SELECT type, count(*) FROM events GROUP BY type"))
            )
        )
        most = await connection.scalar(
            text("SELECT max(n) FROM (SELECT count(*) AS n FROM events GROUP BY report_id, type) AS t")
        )
        decisions = tuple(
            (await connection.execute(text("SELECT count(*), count(DISTINCT report_id) FROM routing_decisions"))).one()
        )
        stages = await connection.execute(
            text("SELECT array_agg(stage ORDER BY stage) AS stages FROM clocks GROUP BY report_id")
        )
        clocked = Counter(tuple(row.stages) for row in stages)
        parked = await connection.scalar(text("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL"))
    assert types == {"report.received": count, "report.verified": count, "report.assigned": count}
    assert most == 1
    assert decisions == (count, count)
    assert clocked == {tuple(sorted(ASSIGNED_STAGES)): count}
    assert parked == 0
    findings = await audit.verify(engine)
    assert (findings.reports, findings.breaks) == (count, [])
