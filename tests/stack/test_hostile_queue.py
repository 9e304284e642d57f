"""Thousands of texts made to be slow to read: nobody else waits for them, memory stays flat, a restart goes on."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.database import engine_for
from services.local.stack import Stack
from shared.clients import Role
from tests.stack.driving import INTAKE, ROUTING, a_submission

#: `make faults` sends 2,000; a few show the same, and take little of the time of `make test`.
HOSTILE = int(os.environ.get("LAPOR_TEST_HOSTILE", "0"))
WITHDRAWALS = 20
LONGEST_SECONDS = 5.0
MOST_GROWTH_BYTES = 150 * 2**20

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not HOSTILE, reason="minutes of work: `make faults`")]


class Citizens:
    def __init__(self, client: httpx.AsyncClient, stack: Stack, engine: AsyncEngine) -> None:
        self._client = client
        self._url = stack.url(INTAKE)
        self._headers = {"Authorization": f"Bearer {stack.token(Role.REPORTER_APP, sub='mobile-app')}"}
        self._engine = engine

    async def submit(self, **changes: Any) -> dict[str, Any]:
        body = a_submission(**changes)
        response = await self._client.post(f"{self._url}/v1/reports", json=body, headers=self._headers)
        assert response.status_code == 201, response.text
        receipt: dict[str, Any] = response.json()
        return receipt

    async def flood(self, count: int) -> None:
        numbers = iter(range(count))

        async def work() -> None:
            for number in numbers:
                await self.submit(title=f"Panjang {number}", body="pak " * 5000)

        await asyncio.gather(*(work() for _ in range(4)))

    async def withdraw(self) -> float:
        """Seconds from the answer to the report's new status."""
        receipt = await self.submit()
        url = f"{self._url}/v1/reports/{receipt['tracking_number']}/withdrawal"
        response = await self._client.post(url, headers={"X-Access-Code": receipt["access_code"]})
        assert response.status_code == 200, response.text
        started = time.perf_counter()
        async with asyncio.timeout(120):
            while await self.status(receipt["id"]) != "withdrawn":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return time.perf_counter() - started

    async def value(self, statement: str, **parameters: Any) -> Any:
        async with self._engine.connect() as connection:
            return await connection.scalar(text(statement), parameters)

    async def status(self, report_id: str) -> str:
        return str(await self.value("SELECT status FROM reports WHERE id = :id", id=report_id))

    async def masked(self) -> int:
        return int(await self.value("SELECT count(*) FROM public_texts"))


def resident(pid: int) -> int:
    """Of the service and of the process that reads for it."""
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


async def test_a_withdrawal_overtakes_a_queue_of_hostile_reports(
    database_url: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = engine_for(database_url)
    async with Stack(database_url, home=home) as stack, httpx.AsyncClient(timeout=30, trust_env=False) as client:
        citizens = Citizens(client, stack, engine)
        await citizens.withdraw()
        routing = stack.processes[ROUTING, 0]
        assert routing.pid is not None
        before = resident(routing.pid)
        started = time.perf_counter()
        await citizens.flood(HOSTILE)
        flooded = time.perf_counter() - started

        waits = [await citizens.withdraw() for _ in range(WITHDRAWALS)]
        waiting = await citizens.value("SELECT count(*) FROM chores")
        memory = resident(routing.pid)
        undelivered = await citizens.value("SELECT count(*) FROM outbox WHERE follower = :name", name=ROUTING)

        await stack.kill(ROUTING)
        at_restart = await citizens.masked()
        await stack.start_service(ROUTING)
        again = [await citizens.withdraw() for _ in range(WITHDRAWALS)]
        async with asyncio.timeout(120):
            while (after := await citizens.masked()) <= at_restart:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    await engine.dispose()

    with capsys.disabled():
        print(  # noqa: T201
            f"\n{HOSTILE} hostile reports in {flooded:.1f} s; {waiting} chores waiting, {undelivered} events; "
            f"a withdrawal took {sorted(waits)[WITHDRAWALS // 2]:.2f} s (p50), {max(waits):.2f} s (longest); "
            f"after kill -9 and a restart {max(again):.2f} s (longest), {at_restart} -> {after} masked; "
            f"memory {before / 2**20:.0f} -> {memory / 2**20:.0f} MiB"
        )
    assert max(waits + again) < LONGEST_SECONDS
    assert memory - before < MOST_GROWTH_BYTES
