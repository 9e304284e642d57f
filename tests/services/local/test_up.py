"""`lapor up` from the start to its end, forked with all of its services; that these die with it needs real children.

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

import asyncpg
import psutil
import pytest
from sqlalchemy import URL, func, select

from routing_service.registry import seed
from routing_service.registry.seed import REGIONS
from services import database
from services.local.home import Home
from services.serve import SERVICES
from shared.domain.regions import parent_of
from shared.schema import Region
from tests.conftest import clone, drop
from tests.effort import THOROUGH
from tests.forks import PARENT, SOCKET, Fork
from tests.logins import ENVIRONMENT

pytestmark = pytest.mark.slow

READY_SECONDS = 120.0
#: In Kutai Timur.
DISTRICT, VILLAGES = "64.08.04", 4
ARGUMENTS = ["up", "--free-ports"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def database_url(server: URL, seeded: URL) -> Iterator[str]:
    """A district lacks its villages; those of all others are put there by a short way, which keeps no log of them."""
    url = asyncio.run(clone(server, seeded))
    asyncio.run(add_villages(url))
    yield url.render_as_string(hide_password=False)
    asyncio.run(drop(server, url))


async def add_villages(url: URL) -> None:
    rows = [(code, name, parent_of(code)) for code, name in seed.regions() if parent_of(code) != DISTRICT]
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute("SET session_replication_role = replica")
    statement = "INSERT INTO regions (code, name, parent_code) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"
    await connection.execute(f"{statement} ON CONFLICT DO NOTHING", *map(list, zip(*rows, strict=True)))
    await connection.close()


@pytest.fixture
def environment(database_url: str, home: Home) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAPOR_")}
    return {**kept, "LAPOR_DATABASE_URL": database_url, "LAPOR_HOME": str(home.path), **ENVIRONMENT}


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


async def regions(database_url: str) -> tuple[int, int]:
    """How many there are, and how many of them are the villages that lacked."""
    engine = database.engine_for(database_url)
    async with engine.connect() as connection:
        count = await connection.scalar(select(func.count()).select_from(Region))
        villages = await connection.scalar(
            select(func.count()).select_from(Region).where(Region.parent_code == DISTRICT)
        )
    await engine.dispose()
    return count or 0, villages or 0


async def test_it_takes_the_report_that_it_shows_and_ctrl_c_leaves_nothing(
    forked: Fork, home: Home, database_url: str
) -> None:
    missing, _ = await regions(database_url)
    await ready(home, lambda: forked.returncode is not None)
    stack = home.running_stack()
    assert stack is not None
    processes = [service.find() for service in stack.services]
    command = next(line for line in said(home).splitlines() if line.startswith("curl "))
    answer = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True).stdout

    os.kill(forked.pid, signal.SIGINT)

    assert json.loads(answer)["status"] == "received"
    for file in home.tokens.iterdir():
        assert str(file) in said(home)
        assert file.read_text() not in said(home), "what is printed ends up in somebody's log"
    assert missing < REGIONS
    assert await regions(database_url) == (REGIONS, VILLAGES), "all villages of the country are there"
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


#: What `lapor up` does to start a service, with nothing around it.
PARENT_OF_A_SERVICE = """
import asyncio, sys
from pathlib import Path
from services.local.stack import Stack

async def main():
    process = Stack(sys.argv[1], home=Path(sys.argv[2])).processes[sys.argv[3], 0]
    await process.start()
    await process.wait_until_ready()
    print(process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("service", SERVICES if THOROUGH else ["routing_service"])
def test_a_service_stops_even_when_who_started_it_is_killed(service: str, home: Home, database_url: str) -> None:
    command = [sys.executable, "-c", PARENT_OF_A_SERVICE, database_url, str(home.path), service]
    with subprocess.Popen(command, cwd=database.PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        children = [child, *child.children(recursive=True)]

        parent.kill()

    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
