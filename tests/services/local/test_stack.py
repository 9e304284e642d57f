"""Services as real processes."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import URL

from services.local.stack import Stack
from services.serve import SERVICES
from services.trouble import CannotRun
from shared.clients import Role
from tests.conftest import clone, drop
from tests.forks import ForkedStack
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def stack(server: URL, template: URL, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One for the tests that leave it as they found it: three processes take a while to load."""
    url = await clone(server, template)
    home = tmp_path_factory.mktemp("stack")
    async with ForkedStack(url.render_as_string(hide_password=False), home=home) as stack:
        yield stack
    await drop(server, url)


async def is_ready(url: str) -> bool:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        with contextlib.suppress(httpx.TransportError):
            return (await client.get(f"{url}/readyz")).is_success
    return False


def pids(stack: Stack) -> list[int]:
    return [process.pid for process in stack.processes.values() if process.pid is not None]


async def test_all_three_get_ready_and_none_is_left_after_the_stop(own_database_url: str, tmp_path: Path) -> None:
    """Forked; test_up.py starts them as a user does."""
    async with ForkedStack(own_database_url, home=tmp_path) as stack:
        ready = [await is_ready(stack.url(service)) for service in SERVICES]
        started = pids(stack)

    assert (ready, len(started)) == ([True] * 3, 3)
    assert not any(psutil.pid_exists(pid) for pid in started)
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == [
        "intake_api.jsonl",
        "routing_service.jsonl",
        "sla_monitor.jsonl",
    ]


async def test_a_killed_service_starts_again_on_its_port(stack: Stack) -> None:
    url = stack.url("routing_service")
    await stack.kill("routing_service")
    while_away = await is_ready(url)

    await stack.start_service("routing_service")

    assert (while_away, await is_ready(url), stack.url("routing_service")) == (False, True, url)


async def test_a_death_nobody_asked_for_is_reported_with_its_exit_code(stack: Stack) -> None:
    watching = asyncio.create_task(stack.first_death())
    await stack.restart("sla_monitor")
    assert not watching.done()

    pid = stack.processes["sla_monitor", 0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    assert (await watching).startswith("sla_monitor ended with exit code -9")
    await stack.start_service("sla_monitor")


async def test_the_services_take_the_tokens_of_their_stack(stack: Stack) -> None:
    token = stack.token(Role.NATIONAL_ADMIN)

    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        answer = await client.get(
            f"{stack.url('routing_service')}/v1/reports", headers={"Authorization": f"Bearer {token}"}
        )

    assert answer.status_code == 200


async def test_a_taken_port_starts_nothing(own_database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = dict.fromkeys(SERVICES, listener.getsockname()[1])
        stack = Stack(own_database_url, home=tmp_path, ports=taken)

        with pytest.raises(CannotRun, match="Port"):
            await stack.start()

    assert pids(stack) == []


async def test_a_service_that_cannot_start_says_why_and_takes_the_others_along(tmp_path: Path) -> None:
    stack = ForkedStack("postgresql://nobody@127.0.0.1:1/none", home=tmp_path)

    with pytest.raises(CannotRun, match=r"ended with exit code 1.*\n.*cannot be reached"):
        await stack.start()

    assert pids(stack) == []
