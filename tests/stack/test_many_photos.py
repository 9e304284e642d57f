"""What a hundred photos cost intake_api. `make faults` prints it."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from shared.clients import Role
from tests.effort import THOROUGH
from tests.forks import ForkedStack
from tests.intake_api.uploads.helpers import a_photo, uploaded
from tests.stack.driving import INTAKE

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not THOROUGH, reason="`make faults` sends a hundred photos")]

PHOTOS, CONNECTIONS, SIZE, MIB = 100, 2, 5_000_000, 2**20
#: What two photos take: a part each, what waits of it, and the pieces of the whole as it is put together.
MOST_MIB = 100.0


async def _peak(process: psutil.Process, sending: asyncio.Task[None]) -> int:
    most = 0
    while not sending.done():
        most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.02)
    await sending
    return most


async def test_a_hundred_photos_over_two_connections_take_little_memory(database_url: str, home: Path) -> None:
    stack, photo = ForkedStack(database_url, home=home), a_photo(SIZE)
    headers = {"Authorization": f"Bearer {stack.token(Role.REPORTER_APP, sub='mobile-app')}"}

    async def send(numbers: Iterator[int]) -> None:
        async with httpx.AsyncClient(base_url=stack.url(INTAKE), trust_env=False, timeout=60) as http:
            for _ in numbers:
                await uploaded(http, photo[:-16] + os.urandom(16), **headers)  # each another one

    async def send_all() -> None:
        numbers = iter(range(PHOTOS))
        await asyncio.gather(*(send(numbers) for _ in range(CONNECTIONS)))

    try:
        await stack.start_service(INTAKE)
        process = psutil.Process(stack.processes[INTAKE, 0].pid)
        idle, began = process.memory_info().rss, time.monotonic()
        above = (await _peak(process, asyncio.create_task(send_all())) - idle) / MIB
        rate = PHOTOS * SIZE / 1e6 / (time.monotonic() - began)
    finally:
        await stack.stop()

    print(  # noqa: T201
        f"\n{PHOTOS} photos of 5 MB over {CONNECTIONS} connections: {rate:.1f} MB/s, {above:.0f} MiB above idle"
    )
    assert above < MOST_MIB
