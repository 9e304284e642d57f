"""`kill -9` of intake_api while a file comes in, and while it is looked through: it is whole, and evidence once."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiotus
import httpx
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.database import engine_for
from tests.effort import THOROUGH
from tests.forks import ForkedStack
from tests.intake_api.evidence.media.files import picture, saved
from tests.intake_api.uploads.helpers import TUS, a_photo
from tests.stack.bad_network import BadNetwork
from tests.stack.driving import INTAKE, submit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not THOROUGH, reason="`make faults` kills what takes files in"),
]

SIZE = 8_000_000
WAIT_SECONDS = 60.0


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    """Two copies of intake_api."""
    stack = ForkedStack(database_url, home=home, copies=2)
    try:
        await asyncio.gather(stack.start_service(INTAKE, 0), stack.start_service(INTAKE, 1))
        yield stack
    finally:
        await stack.stop()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = engine_for(database_url)
    yield engine
    await engine.dispose()


async def _one(engine: AsyncEngine, question: str) -> tuple[object, ...]:
    async with engine.connect() as connection:
        return tuple((await connection.execute(text(question))).one())


async def _until(engine: AsyncEngine, question: str) -> None:
    for _ in range(int(WAIT_SECONDS / 0.05)):
        if await _one(engine, question) == (True,):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never: {question}")


async def _reported(stack: ForkedStack) -> tuple[str, dict[str, str]]:
    """The path of a report, and by what its reporter is known."""
    async with httpx.AsyncClient(trust_env=False) as http:
        receipt = await submit(http, stack, 0)
    return f"/v1/reports/{receipt['tracking_number']}", {"X-Access-Code": receipt["access_code"]}


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # how aiotus sends a part
@pytest.mark.parametrize("copies", [2, 1], ids=["through another copy", "after a restart"])
async def test_a_client_goes_on_after_the_copy_it_sent_to_was_killed_amid_a_part(
    stack: ForkedStack, engine: AsyncEngine, copies: int
) -> None:
    path, reporter = await _reported(stack)
    content, ports = a_photo(SIZE), [stack.processes[INTAKE, copy].port for copy in range(copies)]

    async def killed() -> None:
        await _until(engine, "SELECT received > 0 FROM uploads")
        await stack.kill(INTAKE, 0)
        if copies == 1:
            await stack.start_service(INTAKE, 0)

    async with BadNetwork(ports, after=5_000_000, happens=killed).open() as network:
        retrying = aiotus.RetryConfiguration(max_retry_period_seconds=0.1, retry_attempts=100)
        sent_to, file = f"{network.url}{path}/uploads", io.BytesIO(content)
        location = await aiotus.upload(sent_to, file, config=retrying, headers=reporter, chunksize=SIZE)
        assert network.broke
        async with httpx.AsyncClient(trust_env=False, headers=reporter) as http:
            assert (await http.head(str(location), headers=TUS)).headers["upload-offset"] == str(SIZE)
            found = (await http.get(str(location))).json()

    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    facts = await _one(
        engine,
        "SELECT (SELECT count(*) FROM evidence WHERE encode(file_digest, 'hex') = '" + found["sha256"] + "'),"
        " (SELECT count(*) FROM evidence), (SELECT count(*) FROM events WHERE type = 'evidence.added')",
    )
    assert facts == (1, 1, 1)


def _a_large_picture() -> bytes:
    return saved(picture((6000, 4000)), "PNG")


async def _decoding(stack: ForkedStack) -> tuple[int, psutil.Process]:
    """The copy that looks through a file now, and the process that it has for that, which is stopped."""
    services = [(copy, psutil.Process(stack.processes[INTAKE, copy].pid)) for copy in (0, 1)]
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            for copy, service in services:
                for child in service.children():
                    child.suspend()
                    return copy, child
            await asyncio.sleep(0.002)


async def test_a_file_has_one_result_after_the_worker_was_killed_amid_it(
    stack: ForkedStack, engine: AsyncEngine
) -> None:
    path, reporter = await _reported(stack)
    async with httpx.AsyncClient(trust_env=False, headers=reporter, timeout=30) as http:
        form = {"file": ("foto.png", _a_large_picture())}
        answer = await http.post(f"{stack.url(INTAKE)}{path}/uploads", files=form)
        assert answer.status_code == 201, answer.text

    copy, child = await _decoding(stack)
    assert await _one(engine, "SELECT state, attempts, due_at > now() FROM evidence") == ("waiting", 1, True)
    await stack.kill(INTAKE, copy)
    child.kill()
    async with engine.begin() as connection:  # as if its claim were over
        await connection.execute(text("UPDATE evidence SET due_at = now()"))
    await _until(engine, "SELECT state = 'ready' FROM evidence")

    facts = (
        "SELECT attempts, (SELECT count(*) FROM renditions), "
        "(SELECT count(*) FROM events WHERE type LIKE 'evidence.%') FROM evidence"
    )
    assert await _one(engine, facts) == (0, 4, 1)
    async with httpx.AsyncClient(trust_env=False, headers=reporter) as http:
        url = stack.url(INTAKE, 1 - copy)
        (item,) = (await http.get(f"{url}{path}/evidence")).json()["items"]
        for file in item["files"]:
            assert (await http.get(f"{url}{file['href']}")).status_code == 200
