"""`lapor up` on a new database: every operation has an example, and each succeeds as it stands in the documents.

One that is switched off there is refused as they say. Then Ctrl-C leaves nothing.
"""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import URL, func, select
from sqlalchemy.ext.asyncio import create_async_engine

from routing_service.registry.seed import REGIONS
from services import audit
from services.bruno import FORM
from services.local import examples as tokens
from services.local import samples
from services.local.home import Home
from services.local.stack import Stack
from shared.clients import Role
from shared.http.openapi import examples
from shared.schema import Region
from tests.conftest import clone, drop
from tests.stack.driving import INTAKE, MONITOR, ROUTING
from tests.up import DISTRICT, VILLAGES, add_villages, forked_up, said
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture
async def database_url(server: URL, seeded: URL) -> AsyncIterator[str]:
    url = await clone(server, seeded)
    await add_villages(url)
    yield url.render_as_string(hide_password=False)
    await drop(server, url)


async def test_every_example_of_a_fresh_stack_succeeds_as_it_stands(database_url: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert await samples.are_missing(database_url)
    quickly = {"LAPOR_SWEEP_SECONDS": "0.5", "LAPOR_LOG_SECONDS": "0.5"}
    async with (
        forked_up(home, database_url, **quickly) as up,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http,
    ):
        stack = home.running_stack()
        assert stack is not None
        assert not await samples.are_missing(database_url)
        await nothing_is_broken(database_url)
        tried: set[str] = set()
        failed: list[str] = []
        documented: set[str] = set()
        for service, url in {INTAKE: stack.intake_url, ROUTING: stack.routing_url, MONITOR: stack.sla_url}.items():
            document = (await http.get(f"{url}/openapi.json")).json()
            found = by_id(document)
            documented |= found.keys()
            for id in examples.written(service):
                method, path, operation = found[id]
                tried.add(id)
                answer = await sent(http, lambda role: (home.tokens / role).read_text(), url, method, path, operation)
                if (None if answer.is_success else answer.json()["code"]) != operation.get(examples.REFUSED):
                    failed.append(f"{id}: {answer.status_code} {answer.text}")
        what_is_printed_can_be_done_and_gives_no_token_away(home)

        os.kill(up.pid, signal.SIGINT)
        ended = await asyncio.wait_for(up.wait(), PATIENCE_SECONDS)

    assert not failed, "\n".join(failed)
    assert tried == documented
    assert await villages(database_url) == (REGIONS, VILLAGES), "all of the country are there"
    assert (ended, said(home).endswith("Stopped. The data is kept.\n")) == (0, True)
    assert [service.name for service in stack.services if service.find()] == []
    assert (len(stack.services), home.read_stack()) == (3, None)


async def nothing_is_broken(database_url: str) -> None:
    engine = create_async_engine(database_url)
    assert (await audit.verify(engine)).breaks == []
    await engine.dispose()


def what_is_printed_can_be_done_and_gives_no_token_away(home: Home) -> None:
    printed = said(home)
    command = next(line for line in printed.splitlines() if line.startswith("curl "))
    answer = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True).stdout

    assert json.loads(answer)["status"] == "received"
    for file in home.tokens.iterdir():
        assert str(file) in printed
        assert file.read_text() not in printed, "what is printed ends up in somebody's log"


async def villages(database_url: str) -> tuple[int, int]:
    """How many regions there are, and how many of them are the villages that lacked before."""
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        every = await connection.scalar(select(func.count()).select_from(Region))
        lacked = await connection.scalar(select(func.count()).select_from(Region).where(Region.parent_code == DISTRICT))
    await engine.dispose()
    return every or 0, lacked or 0


def by_id(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in examples.METHODS
    }


async def sent(
    http: httpx.AsyncClient, token: Callable[[str], str], url: str, method: str, path: str, operation: dict[str, Any]
) -> httpx.Response:
    """What the page sends: the parameters and the body that stand in it, and nothing else."""
    given: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            given[parameter["in"]][parameter["name"]] = str(parameter["example"])
        else:
            assert not parameter.get("required"), (operation["operationId"], parameter["name"])
    content: bytes | None = None
    if body := operation.get("requestBody"):
        media, shown = next(iter(body["content"].items()))
        example = shown["example"]
        encode = urlencode if media == FORM else json.dumps
        content = (example if isinstance(example, str) else encode(example)).encode()
        given["header"]["Content-Type"] = media
    given["header"]["Authorization"] = f"Bearer {token(operation[examples.SENT_AS])}"
    address = url + path.format(**given["path"])
    return await http.request(method.upper(), address, params=given["query"], headers=given["header"], content=content)


def token(stack: Stack, role: str) -> str:
    """As `lapor up` writes it into a file."""
    one = next(one for one in tokens.EXAMPLES if one.role is Role(role))
    return stack.token(one.role, sub=one.sub, agency=one.agency, scopes=tuple(one.scopes))
