"""One service as a child process: started, watched until ready, stopped or killed, always by its own pid."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import httpx

from services import database
from services.local import private
from services.serve import GRACE_SECONDS
from services.trouble import CannotRun

READY_SECONDS = 60.0
#: What a child needs of our environment besides LAPOR_...; the rest stays here.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Child(Protocol):
    """As much as we need of an `asyncio.subprocess.Process`."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def terminate(self) -> None: ...

    async def wait(self) -> int: ...


@dataclass
class ServiceProcess:
    service: str
    copy: int
    port: int
    log: Path
    environment: Mapping[str, str]
    workers: int = 1
    process: Child | None = field(default=None, repr=False)
    expected_to_run: bool = False

    @property
    def name(self) -> str:
        return self.service if self.copy == 0 else f"{self.service} (copy {self.copy + 1})"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.returncode is None else None

    def arguments(self, parent: int) -> list[str]:
        """Of the `lapor` command, for a child of this process."""
        return [
            "serve", self.service, "--port", str(self.port), "--workers", str(self.workers),
            "--stop-with", str(parent),
        ]  # fmt: skip

    def command(self) -> list[str]:
        return [sys.executable, "-m", "services.cli", *self.arguments(os.getpid())]

    async def launch(self, environment: Mapping[str, str], output: IO[bytes]) -> Child:
        return await asyncio.create_subprocess_exec(
            *self.command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=database.PROJECT,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone; we stop our children
        )

    async def start(self) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        with private.log(self.log) as output:
            self.process = await self.launch({**inherited, "PYTHONUNBUFFERED": "1", **self.environment}, output)
        self.expected_to_run = True

    async def wait_until_ready(self) -> None:
        """Raises CannotRun if it dies instead, or is not ready in time."""
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while time.monotonic() < deadline:
                if self.pid is None:
                    raise CannotRun(self.obituary())
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{self.url}/readyz")).is_success:
                        return
                await asyncio.sleep(0.05)
        raise CannotRun(f"{self.name} was not ready after {READY_SECONDS:.0f} seconds; see {self.log}.")

    async def died(self) -> str:
        """Returns, with an obituary, when it ends without having been told to."""
        while True:
            assert self.process is not None
            process = self.process
            await process.wait()
            if self.expected_to_run and self.process is process:
                return self.obituary()
            await asyncio.sleep(0.2)  # being restarted

    def obituary(self) -> str:
        code = None if self.process is None else self.process.returncode
        return f"{self.name} ended with exit code {code}. The end of {self.log}:\n{self.last_lines()}"

    def last_lines(self, count: int = 5) -> str:
        with self.log.open(errors="replace") as file:
            return "".join(deque(file, maxlen=count)).rstrip()

    async def stop(self) -> None:
        """Ask, then insist."""
        self.expected_to_run = False
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), GRACE_SECONDS + 5)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """`kill -9`: nothing in it gets a chance to tidy up."""
        self.expected_to_run = False
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # its session is its own: the workers, too
        await self.process.wait()
