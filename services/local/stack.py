"""The three services as real processes on one machine, with one or more copies of each.

Used by `lapor up`, by the benchmark and by tests, which kill and restart single services.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from services import ports as tcp
from services.local import docs_client, private
from services.local.keys import KeyFolder
from services.local.processes import ServiceProcess
from services.serve import SERVICES, require_free
from shared.clients import Role

#: Where whoever tries the services has their receivers of webhooks.
THIS_MACHINE = "localhost,127.0.0.1"


def _ignore(_message: str) -> None:
    pass


class Stack:
    """`async with Stack(url, home=tmp_path) as stack:` has all services ready on free ports.

    `logins` are addresses of the database for each service; without them all use that of the stack.
    `ports` are those of the first copies (default: free ones); further copies get free ports. Copy n of a
    service delivers its events to copy n of the others. `environment` is added to that of every process.
    """

    #: How a service is started.
    kind: ClassVar[type[ServiceProcess]] = ServiceProcess

    def __init__(
        self,
        database_url: str,
        *,
        home: Path,
        logins: Mapping[str, str] | None = None,
        ports: Mapping[str, int] | None = None,
        copies: int = 1,
        environment: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = _ignore,
    ) -> None:
        self.database_url = database_url
        self.logins = logins or dict.fromkeys(SERVICES, database_url)
        self.home = home.resolve()
        self.keys = KeyFolder(self.home / "keys")
        self.progress = progress
        self.examples = self.home / "examples.json"
        self.processes: dict[tuple[str, int], ServiceProcess] = {}
        private.close(self.home / "logs")
        self.keys.complete(development=True)
        for copy in range(copies):
            chosen = dict(ports) if ports and copy == 0 else {name: tcp.free_port() for name in SERVICES}
            self._add_copy(copy, chosen, environment or {})

    def _add_copy(self, copy: int, ports: Mapping[str, int], extra: Mapping[str, str]) -> None:
        environment = {
            "LAPOR_ENVIRONMENT": "development",
            "LAPOR_HOME": str(self.home),
            "LAPOR_EXAMPLES_FILE": str(self.examples),
            "LAPOR_DOCS_CLIENT": docs_client.ID,
            "LAPOR_OUTGOING_HOSTS": os.environ.get("LAPOR_OUTGOING_HOSTS", THIS_MACHINE),
            **{f"LAPOR_{short.upper()}_PORT": str(ports[name]) for name, short in SERVICES.items()},
        }
        for service in SERVICES:
            log = self.home / "logs" / (f"{service}.jsonl" if copy == 0 else f"{service}-{copy + 1}.jsonl")
            own = {
                **environment,
                "LAPOR_DATABASE_URL": self.logins[service],
                **self.keys.environment_of(service),
                **extra,
            }
            self.processes[service, copy] = self.kind(service, copy, ports[service], log, own)

    def url(self, service: str, copy: int = 0) -> str:
        return self.processes[service, copy].url

    def token(self, role: Role, *, sub: str = "test", agency: str | None = None, scopes: tuple[str, ...] = ()) -> str:
        """A token that these services accept, for a day."""
        return self.keys.signer().mint(role, sub=sub, agency=agency, scopes=scopes, seconds=86_400)

    async def start(self) -> None:
        """All of them, and wait until each is ready. Raises CannotRun; then none is left running."""
        for process in self.processes.values():
            require_free(process.service, process.port)
        try:
            for process in self.processes.values():
                await process.start()
            for process in self.processes.values():
                await process.wait_until_ready()
                self.progress(f"{process.name} is ready on {process.url}")
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await asyncio.gather(*(process.stop() for process in self.processes.values()))

    async def start_service(self, service: str, copy: int = 0) -> None:
        """Start one that was killed or stopped, on the port it had, and wait until it is ready."""
        await self.processes[service, copy].start()
        await self.processes[service, copy].wait_until_ready()

    async def stop_service(self, service: str, copy: int = 0) -> None:
        await self.processes[service, copy].stop()

    async def kill(self, service: str, copy: int = 0) -> None:
        """`kill -9`."""
        await self.processes[service, copy].kill()

    async def restart(self, service: str, copy: int = 0) -> None:
        await self.stop_service(service, copy)
        await self.start_service(service, copy)

    async def first_death(self) -> str:
        """Returns, with an obituary, when one ends that was not told to."""
        watchers = [asyncio.create_task(process.died()) for process in self.processes.values()]
        try:
            done, _ = await asyncio.wait(watchers, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
