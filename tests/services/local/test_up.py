"""How `lapor up` ends. All that it begins with is tried by tests/stack/test_every_example.py.

.ci/smoke starts it as a user does from a clean clone, with the embedded database, and stops it with Ctrl-C.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL

from services import database
from services.database import engine_for
from services.local.home import Home
from services.serve import SERVICES
from shared.database import create_sessions
from tests.conftest import clone, drop
from tests.effort import THOROUGH
from tests.sla_monitor.stored import many_reports
from tests.up import add_villages, forked_up, said
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
async def database_url(server: URL, seeded: URL) -> AsyncIterator[str]:
    """Of a stack that was used before: there is a report, so that no samples are made."""
    url = await clone(server, seeded)
    await add_villages(url)
    address = url.render_as_string(hide_password=False)
    engine = engine_for(address)
    async with create_sessions(engine).begin() as session:
        await many_reports(session, 1)
    await engine.dispose()
    yield address
    await drop(server, url)


async def test_a_service_that_dies_stops_the_rest_and_is_named(home: Home, database_url: str) -> None:
    async with forked_up(home, database_url) as up:
        stack = home.running_stack()
        assert stack is not None
        services = {service.name: service for service in stack.services}

        os.kill(services["routing_service"].pid, signal.SIGKILL)

        assert await asyncio.wait_for(up.wait(), PATIENCE_SECONDS) == 1
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
def test_a_service_stops_even_when_who_started_it_is_killed(service: str, home: Home, own_database_url: str) -> None:
    command = [sys.executable, "-c", PARENT_OF_A_SERVICE, own_database_url, str(home.path), service]
    with subprocess.Popen(command, cwd=database.PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        children = [child, *child.children(recursive=True)]

        parent.kill()

    _, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
    assert alive == []
