"""`lapor up` from the start to Ctrl-C, as a user has it. .ci/smoke does the same with the embedded database."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL

from services import database
from services.local.home import Home
from tests.conftest import clone, drop

pytestmark = pytest.mark.slow

READY_SECONDS = 120.0


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
def up(database_url: str, home: Home) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAPOR_")}
    with (home.path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "up", "--free-ports"],
            cwd=database.PROJECT,
            env={**environment, "LAPOR_DATABASE_URL": database_url, "LAPOR_HOME": str(home.path)},
            stdout=output,
            stderr=output,
        )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait()


def said(home: Home) -> str:
    return (home.path / "output").read_text()


def wait_until_ready(process: "subprocess.Popen[bytes]", home: Home) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while "Ctrl-C stops everything" not in said(home):
        assert process.poll() is None, said(home)
        assert time.monotonic() < deadline, said(home)
        time.sleep(0.1)


def test_it_takes_the_report_that_it_shows_and_ctrl_c_leaves_nothing(up: "subprocess.Popen[bytes]", home: Home) -> None:
    wait_until_ready(up, home)
    command = next(line for line in said(home).splitlines() if line.startswith("curl "))
    answer = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True).stdout
    services, children = (psutil.Process(up.pid).children(recursive=deep) for deep in (False, True))

    up.send_signal(signal.SIGINT)

    assert json.loads(answer)["status"] == "received"
    for file in home.tokens.iterdir():
        assert str(file) in said(home)
        assert file.read_text() not in said(home), "what is printed ends up in somebody's log"
    assert up.wait(30) == 0
    assert said(home).endswith("Stopped. The data is kept.\n")
    assert len(services) == 3
    assert not any(child.is_running() for child in children)
    assert home.read_stack() is None


def test_a_service_that_dies_stops_the_rest_and_is_named(up: "subprocess.Popen[bytes]", home: Home) -> None:
    wait_until_ready(up, home)
    stack = home.running_stack()
    assert stack is not None
    services = {service.name: service for service in stack.services}

    os.kill(services["routing_service"].pid, signal.SIGKILL)

    assert up.wait(30) == 1
    assert "routing_service ended with exit code -9." in said(home)
    assert not any(service.find() for service in services.values())
    assert home.read_stack() is None


def test_the_services_stop_even_when_whoever_started_them_is_killed(up: "subprocess.Popen[bytes]", home: Home) -> None:
    wait_until_ready(up, home)
    children = psutil.Process(up.pid).children(recursive=True)

    up.kill()
    up.wait()

    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
    assert home.running_stack() is None
