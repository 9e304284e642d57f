"""Generated requests against every operation of the running services: no 5xx, no undocumented status or body.

schemathesis runs in a process of its own: it reads `/openapi.json` of a service, as a caller would.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from services.local.stack import Stack
from shared.clients import Role, Scope
from tests.conftest import clone, drop
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, MONITOR, ROUTING, submit

pytestmark = pytest.mark.slow

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance"
)
PROGRAM = Path(__file__).with_name("schemathesis_program.py")
LONGEST_ANSWER = 2**26
EXAMPLES = int(os.environ.get("LAPOR_TEST_EXAMPLES", "2"))

#: `make contract` asks for more: every boundary that the documents name, and chains of requests, take minutes. The
#: examples of the documents are sent by test_every_example, which asks that they succeed.
EVERYTHING = os.environ.get("LAPOR_TEST_PHASES", "fuzzing")

#: Who calls which operations of which service: each service as a whole by its chief caller, the others' own parts.
CALLERS = [
    (INTAKE, Role.REPORTER_APP, (), EVERYTHING, "/"),
    (INTAKE, Role.NATIONAL_ADMIN, (Scope.IMPORT,), "fuzzing", "^/v1/reports$"),
    (ROUTING, Role.NATIONAL_ADMIN, (Scope.IMPORT,), EVERYTHING, "/"),
    (ROUTING, Role.OPERATOR, (), "fuzzing", "agencies|officers|rule-sets|boundaries|categories|registry"),
    (MONITOR, Role.NATIONAL_ADMIN, (), EVERYTHING, "/"),
    (MONITOR, Role.OPERATOR, (), "fuzzing", "calendars|policies/|limits|recomputations|reprimands"),
    (MONITOR, Role.OPERATOR, (), "fuzzing", "^/v1/policies$"),  # a document with more fields than cases are worth
]


@pytest.fixture(scope="module")
async def stack(server: URL, seeded: URL, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    url = await clone(server, seeded)
    home = tmp_path_factory.mktemp("home")
    async with ForkedStack(url.render_as_string(hide_password=False), home=home) as stack:
        async with httpx.AsyncClient(trust_env=False) as client:
            for number in range(3):  # something for lists to show
                await submit(client, stack, number)
        yield stack
    await drop(server, url)


class Schemathesis:
    """The program, loaded once for all callers."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def run(self, *command: str) -> tuple[int, str]:
        """Its exit code and what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        code, said = json.loads(await self._process.stdout.readline())
        return code, said


@pytest.fixture(scope="module")
async def schemathesis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Schemathesis]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path_factory.mktemp("schemathesis"), limit=LONGEST_ANSWER,
    )  # fmt: skip
    yield Schemathesis(process)
    await process.communicate(b"")  # the end of its input ends it


@pytest.mark.parametrize(("service", "role", "scopes", "phases", "paths"), CALLERS)
async def test_generated_requests_find_no_5xx_and_nothing_undocumented(
    stack: Stack,
    schemathesis: Schemathesis,
    service: str,
    role: Role,
    scopes: tuple[str, ...],
    phases: str,
    paths: str,
) -> None:
    token = stack.token(role, sub="tester", scopes=scopes)

    code, said = await schemathesis.run(
        "--no-color", "run",
        f"{stack.url(service)}/openapi.json",
        "--header", f"Authorization: Bearer {token}",
        "--checks", CHECKS,
        "--max-examples", str(EXAMPLES),
        "--seed", "1945",
        "--no-shrink",
        "--generation-database", "none",
        "--warnings", "off",
        "--suppress-health-check", "too_slow",  # which says something of the machine
        "--request-timeout", "20",
        "--phases", phases,
        "--include-path-regex", paths,
    )  # fmt: skip

    assert code == 0, said[-6000:]
    assert "No issues found" in said
