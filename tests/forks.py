"""Services and commands as processes of their own that need not load anything: tests/fork_server.py forks them.

A test whose point is how a process is started starts it as everybody does (tests/services/local, .ci/smoke).
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import IO, Any, ClassVar, Self

from services import database
from services.local.processes import Child, ServiceProcess
from services.local.stack import Stack
from shared.clients import Role
from shared.http.tokens import Signer
from tests.logins import of_services

SOCKET = "LAPOR_TEST_FORKS"
PARENT = "LAPOR_TEST_FORKS_PARENT"


class ForkServer:
    """That of one run, shared by its workers, who inherit the variables."""

    def __init__(self, folder: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "forks"))
            listener.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(listener.fileno())],
                stdin=subprocess.PIPE,
                cwd=database.PROJECT,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a process with threads is not forked
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        os.environ |= {SOCKET: str(folder / "forks"), PARENT: str(self._process.pid)}

    def stop(self) -> None:
        self._process.communicate()
        for name in (SOCKET, PARENT):
            os.environ.pop(name, None)


def _ask(arguments: list[str], environment: Mapping[str, str], files: list[int]) -> socket.socket:
    """The connection over which the pid will come, and later the exit code."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.environ[SOCKET])
    request = {"arguments": arguments, "environment": dict(environment), "folder": str(database.PROJECT)}
    socket.send_fds(connection, [json.dumps(request).encode() + b"\n"], files)
    return connection


class Fork:
    """As much of an `asyncio.subprocess.Process` as a stack needs."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self._ending = asyncio.create_task(self._ended(reader, writer))

    @classmethod
    async def start(cls, arguments: list[str], environment: Mapping[str, str], output: IO[bytes]) -> Self:
        with Path(os.devnull).open() as nothing:
            connection = _ask(arguments, environment, [nothing.fileno(), output.fileno(), output.fileno()])
        reader, writer = await asyncio.open_connection(sock=connection)
        return cls(int(await reader.readline()), reader, writer)

    async def _ended(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        code = int(await reader.readline())
        writer.close()
        return code

    @property
    def returncode(self) -> int | None:
        return self._ending.result() if self._ending.done() else None

    def terminate(self) -> None:
        if self._ending.done():
            raise ProcessLookupError(self.pid)
        os.kill(self.pid, signal.SIGTERM)

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)


class ForkedService(ServiceProcess):
    async def launch(self, environment: Mapping[str, str], output: IO[bytes]) -> Child:
        return await Fork.start(self.arguments(int(os.environ[PARENT])), environment, output)


class ForkedStack(Stack):
    """Each service by its own login: what nobody granted it is found."""

    kind: ClassVar[type[ServiceProcess]] = ForkedService

    def __init__(self, database_url: str, **arguments: Any) -> None:
        super().__init__(database_url, **{"logins": of_services(database_url)} | arguments)

    @cached_property
    def _signer(self) -> Signer:
        return self.keys.signer()

    def token(self, role: Role, *, sub: str = "test", agency: str | None = None, scopes: tuple[str, ...] = ()) -> str:
        """Read once from the folder of keys, since a test asks for hundreds."""
        return self._signer.mint(role, sub=sub, agency=agency, scopes=scopes, seconds=86_400)


def lapor(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    with Path(os.devnull).open() as nothing, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        files = [nothing.fileno(), out.fileno(), err.fileno()]
        with _ask(list(arguments), environment, files) as connection, connection.makefile() as answers:
            connection.settimeout(60)
            answers.readline()
            code = int(answers.readline())
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), err.read())
