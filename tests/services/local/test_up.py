"""`lapor up` from the start to its end: once as a user starts it, else forked with all of its services.

.ci/smoke starts it as a user does from a clean clone, with the embedded database, and stops it with Ctrl-C.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL, func, select

from routing_service.registry.seed import REGIONS
from services import database
from services.local.home import Home
from shared.schema import Region
from tests.conftest import clone, drop
from tests.forks import PARENT, SOCKET, Fork
from tests.logins import ENVIRONMENT

pytestmark = pytest.mark.slow

READY_SECONDS = 120.0
ARGUMENTS = ["up", "--free-ports"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def database_url(server: URL, template: URL) -> Iterator[str]:
    """The first test finds it empty, as a user does; the others are spared the loading of all villages."""
    url = asyncio.run(clone(server, template))
    yield url.render_as_string(hide_password=False)
    asyncio.run(drop(server, url))


@pytest.fixture
def environment(database_url: str, home: Home) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAPOR_")}
    return {**kept, "LAPOR_DATABASE_URL": database_url, "LAPOR_HOME": str(home.path), **ENVIRONMENT}


@pytest.fixture
def started(environment: Mapping[str, str], home: Home) -> Iterator["subprocess.Popen[bytes]"]:
    with (home.path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", *ARGUMENTS],
            cwd=database.PROJECT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait()


@pytest.fixture
async def forked(environment: Mapping[str, str], home: Home) -> AsyncIterator[Fork]:
    forking = {name: os.environ[name] for name in (SOCKET, PARENT)}
    with (home.path / "output").open("wb") as output:
        process = await Fork.start(ARGUMENTS, {**environment, **forking}, output)
    yield process
    if process.returncode is None:
        process.terminate()
        await process.wait()


def said(home: Home) -> str:
    return (home.path / "output").read_text()


async def ready(home: Home, has_ended: Callable[[], bool]) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while "Ctrl-C stops everything" not in said(home):
            assert not has_ended(), said(home)
            await asyncio.sleep(0.1)


async def regions(database_url: str) -> tuple[int, str]:
    """How many there are, and in which district one of the villages lies."""
    engine = database.engine_for(database_url)
    async with engine.connect() as connection:
        count = await connection.scalar(select(func.count()).select_from(Region))
        parent = await connection.scalar(select(Region.parent_code).where(Region.code == "64.08.04.2001"))
    await engine.dispose()
    return count or 0, parent or ""


async def test_it_takes_the_report_that_it_shows_and_its_services_stop_even_when_it_is_killed(
    started: "subprocess.Popen[bytes]", home: Home, database_url: str
) -> None:
    await ready(home, lambda: started.poll() is not None)
    command = next(line for line in said(home).splitlines() if line.startswith("curl "))
    answer = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True).stdout
    services, children = (psutil.Process(started.pid).children(recursive=deep) for deep in (False, True))

    started.kill()
    started.wait()

    assert json.loads(answer)["status"] == "received"
    for file in home.tokens.iterdir():
        assert str(file) in said(home)
        assert file.read_text() not in said(home), "what is printed ends up in somebody's log"
    assert len(services) == 3
    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
    assert home.running_stack() is None
    assert await regions(database_url) == (REGIONS, "64.08.04"), "all villages of the country are loaded"


async def test_ctrl_c_leaves_nothing(forked: Fork, home: Home) -> None:
    await ready(home, lambda: forked.returncode is not None)
    stack = home.running_stack()
    assert stack is not None
    processes = [service.find() for service in stack.services]

    os.kill(forked.pid, signal.SIGINT)

    assert await asyncio.wait_for(forked.wait(), 30) == 0
    assert said(home).endswith("Stopped. The data is kept.\n")
    assert len(processes) == 3
    assert all(process is not None and not process.is_running() for process in processes)
    assert home.read_stack() is None


async def test_a_service_that_dies_stops_the_rest_and_is_named(forked: Fork, home: Home) -> None:
    await ready(home, lambda: forked.returncode is not None)
    stack = home.running_stack()
    assert stack is not None
    services = {service.name: service for service in stack.services}

    os.kill(services["routing_service"].pid, signal.SIGKILL)

    assert await asyncio.wait_for(forked.wait(), 30) == 1
    assert "routing_service ended with exit code -9." in said(home)
    assert not any(service.find() for service in services.values())
    assert home.read_stack() is None
