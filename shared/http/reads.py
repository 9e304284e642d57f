"""Who read which report: noted while a request ends, written down a moment later, in bunches, off everybody's way.

What waits is written within a second, and when the process ends. While the database is away it waits, up to a bound;
what is lost beyond it is counted, said in the log, and stands in the log lines of the requests. So does the last second
of a process that was killed.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Gauge
from starlette.types import Scope

from shared.clients import CLIENT, Client, Role
from shared.clock import utc_now
from shared.database import Sessions
from shared.http.paths import report_of
from shared.queries import reads
from shared.queries.reads import Read

logger = logging.getLogger(__name__)

SECONDS = 1.0
MOST_WAITING = 20_000
BATCH = 1_000
#: Where a request keeps the reports that its answer shows beside the one that it names.
_SHOWN = "lapor.shown"
#: Who reads for somebody else, whom this service sees or who has a line of their own.
_FOR_OTHERS = frozenset({Role.SERVICE, Role.REPORTER_APP})


def shows(request: Request, report: str) -> None:
    """The answer shows a report that its path does not name, or that a plain read would show, and it is none."""
    request.scope.setdefault(_SHOWN, []).append(report)


class Reads:
    """`sessions`: asked for anew each time. An app reads for the reporter whose report it is, and is not noted."""

    def __init__(self, service: str, sessions: Callable[[], Sessions], registry: CollectorRegistry) -> None:
        self._service = service
        self._sessions = sessions
        self._waiting: deque[Read] = deque()
        self._lost = Counter("lapor_reads_lost", "Reads of a report that could not be written down.", registry=registry)
        waiting = Gauge("lapor_reads_waiting", "Reads of a report to be written down.", registry=registry)
        waiting.set_function(lambda: len(self._waiting))

    def note(self, scope: Scope, route: str, status: int) -> None:
        """Called at the end of each request, so what is no read of one report costs two comparisons."""
        plain = scope["method"] == "GET" and (200 <= status < 300 or status == 304)
        shown = scope.get(_SHOWN, ())
        if not plain and not shown:
            return
        client: Client | None = scope.get(CLIENT)
        if client is None or client.role in _FOR_OTHERS:
            return
        named = report_of(scope, route) if plain else None
        for report in (named, *shown):
            if report is None:
                continue
            operation = f"{self._service} {scope['method']} {route}"
            self._keep(Read(report, utc_now(), operation, client.sub, client.role.value, client.agency))

    def _keep(self, read: Read) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost.inc()
        self._waiting.append(read)

    async def write(self) -> None:
        """All that waits. What fails waits on."""
        while self._waiting:
            batch = list(self._waiting)[:BATCH]
            async with self._sessions().begin() as session:
                await reads.add(session, batch)
            for _ in batch:
                self._waiting.popleft()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._write_on())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self._try()
            if self._waiting:
                self._lost.inc(len(self._waiting))
                logger.error("reads of reports were lost", extra={"count": len(self._waiting)})

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self._try()

    async def _try(self) -> None:
        try:
            await self.write()
        except Exception:
            logger.exception("reads of reports wait to be written down")
