"""Webhooks of real processes: killed at any moment, and measured. `make faults` runs it, and prints what it found."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.database import engine_for
from shared.clients import Role
from tests.effort import THOROUGH, times
from tests.forks import ForkedStack
from tests.stack.driving import ROUTING
from tests.stack.receivers import AGENCY, Receiver, happen

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not THOROUGH, reason="takes minutes; make faults runs it")]

EACH = 4
REPORTS = times(250, 2_500)
EVENTS = REPORTS * EACH
KILLS = 4


def say(found: str) -> None:
    sys.stdout.write(f"\n{found}\n")


@asynccontextmanager
async def routing(database_url: str, home: Path, *, copies: int = 1) -> AsyncIterator[ForkedStack]:
    stack = ForkedStack(database_url, home=home, copies=copies, environment={"LAPOR_WEBHOOK_SECONDS": "0.2"})
    try:
        await asyncio.gather(*(stack.start_service(ROUTING, copy) for copy in range(copies)))
        yield stack
    finally:
        await stack.stop()


async def subscribed(stack: ForkedStack, *receivers: Receiver) -> None:
    token = stack.token(Role.CHANNEL, sub="tickets", agency=AGENCY, scopes=("reports:work",))
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {token}"}) as http:
        for one in receivers:
            body = {"name": "Uji", "url": one.url}
            answer = await http.post(f"{stack.url(ROUTING)}/v1/webhooks", json=body)
            assert answer.status_code == 201, answer.text


async def test_whoever_is_killed_at_any_moment_every_event_arrives_in_order_and_under_one_name(
    database_url: str, home: Path
) -> None:
    engine = engine_for(database_url)
    async with Receiver(seconds=0.2).running() as receiver, routing(database_url, home, copies=2) as stack:
        await subscribed(stack, receiver)
        await happen(engine, reports=REPORTS // 2, each=EACH)
        for turn in range(KILLS):
            await receiver.has_heard((EVENTS // 2) * (turn + 1) // (KILLS + 1), seconds=120)
            await asyncio.gather(*(stack.kill(ROUTING, copy) for copy in range(1 + turn % 2)))
            await asyncio.gather(*(stack.start_service(ROUTING, copy) for copy in range(1 + turn % 2)))
        await receiver.has_heard(EVENTS // 2, seconds=240)

    expected = await ids_of(engine)
    assert receiver.names == expected
    assert all(places == list(range(1, EACH + 1)) for places in receiver.orders().values())
    bodies: dict[str, str] = {}
    for _, name, body in receiver.heard:
        assert bodies.setdefault(name, body) == body
    say(f"killed {KILLS} times: {len(expected)} events, {len(receiver.heard) - len(expected)} came twice")
    await engine.dispose()


async def ids_of(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.scalars(text("SELECT id::text FROM events")))


async def measured(database_url: str, home: Path, up: Sequence[Receiver], down: Sequence[Receiver] = ()) -> float:
    """In how many seconds the receivers that are up have heard all."""
    engine = engine_for(database_url)
    async with AsyncExitStack() as running, routing(database_url, home) as stack:
        for one in (*up, *down):
            await running.enter_async_context(one.running())
        await subscribed(stack, *up, *down)
        await happen(engine, reports=REPORTS, each=EACH)
        started = time.monotonic()
        await asyncio.gather(*(one.has_heard(EVENTS, seconds=560) for one in up))
        taken = max(one.heard[-1][0] for one in up) - started
    await engine.dispose()
    return taken


@pytest.mark.parametrize("seconds", [0.005, 0.5])
async def test_one_receiver(database_url: str, home: Path, seconds: float) -> None:
    taken = await measured(database_url, home, [Receiver(seconds=seconds)])

    say(f"one receiver that answers in {seconds * 1000:.0f} ms: {EVENTS} events, {EVENTS / taken:.0f} events/s")


@pytest.mark.parametrize("down", [Receiver(status=503), Receiver(seconds=60)], ids=["503", "60 s late"])
async def test_two_receivers_beside_one_that_is_down(database_url: str, home: Path, down: Receiver) -> None:
    up = [Receiver(seconds=0.005), Receiver(seconds=0.005)]

    taken = await measured(database_url, home, up, [down])

    rate = 2 * EVENTS / taken
    asked = f"{len(down.heard)} times" if down.status == 503 else "in vain"
    say(f"two that are up beside one that is down: {rate:.0f} events/s to both; the other was asked {asked}")


async def test_two_receivers_by_themselves(database_url: str, home: Path) -> None:
    taken = await measured(database_url, home, [Receiver(seconds=0.005), Receiver(seconds=0.005)])

    say(f"two that are up, alone: {2 * EVENTS / taken:.0f} events/s to both together")


@pytest.mark.parametrize("down", [None, Receiver(status=503), Receiver(seconds=60)], ids=["alone", "503", "60 s late"])
async def test_delay_of_a_healthy_receiver(database_url: str, home: Path, down: Receiver | None) -> None:
    engine = engine_for(database_url)
    healthy, delays = Receiver(seconds=0.005), []
    async with AsyncExitStack() as running, routing(database_url, home) as stack:
        receivers = [healthy, *([down] if down else [])]
        for one in receivers:
            await running.enter_async_context(one.running())
        await subscribed(stack, *receivers)
        for number in range(times(20, 100)):
            before = len(healthy.names)
            await happen(engine, reports=5, each=1, first=4_000_000_000 + 5 * number)
            at = time.monotonic()
            await healthy.has_heard(before + 5, seconds=30)
            delays.append(healthy.heard[-1][0] - at)
    await engine.dispose()

    found = sorted(delays)
    said = f"{found[len(found) // 2]:.2f} s in the middle, {found[-len(found) // 20]:.2f} s at the 95th percentile"
    say(f"from the event to the receiver: {said}, {found[-1]:.2f} s at most")
