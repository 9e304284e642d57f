"""The load generator: raw HTTP/1.1 over kept-alive connections, in a process of its own.

    python -m services.bench.generator < job.json > result.json

A ready-made HTTP client costs more than the services that it would measure. Closed loop: every connection sends its
next request when it has the answer to the last. Open loop (`rate`): requests have their times, and a latency counts
from the time intended, so that a service that stalls does not slow down its own measurement.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import httptools
import psutil
import uvloop

from services.bench import bodies

DRAIN_SECONDS = 30.0
BALANCE_ATTEMPTS = 200
SETTLE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Job:
    """What to send, and how fast. `numbers`: look these reports up; `paths`: ask for these; `api_key`: submit forms of
    Open311 to `path`; `invented`: submit so many different reports that
    can be learned from; else submit reports to `path`.
    """

    port: int
    seconds: float
    connections: int = 16
    warm_up_seconds: float = 0.5
    rate: float | None = None
    token: str | None = None
    path: str = "/v1/reports"
    keyed: bool = False
    first_number: int = 0
    numbers: list[str] | None = None
    paths: list[str] | None = None
    api_key: str | None = None
    invented: int = 0
    server_pid: int | None = None  # spread the connections evenly over the workers of this process
    keep_answers: bool = False

    def requests(self) -> Callable[[int], bytes]:
        target = bodies.Target(self.port, self.token)
        if self.numbers is not None:
            return bodies.lookups(target, self.numbers)
        if self.paths is not None:
            return bodies.asked(target, self.paths)
        if self.api_key is not None:
            return bodies.forms(target, self.path, self.api_key)
        if self.invented:
            return bodies.invented(target, self.invented)
        return bodies.submissions(target, path=self.path, keyed=self.keyed)


@dataclass(slots=True)
class Result:
    """Of what was answered after the warm-up. `answers`: (instant in epoch seconds, body)."""

    seconds: float = 0.0
    sent: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)
    answers: list[tuple[float, str]] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)  # connections of each worker

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def require_only(self, status: int) -> None:
        """Raises ValueError if anything else was answered: then the figures mean nothing."""
        if set(self.statuses) != {str(status)}:
            raise ValueError(f"expected nothing but {status}, and got {self.statuses or 'no answer at all'}")


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, answered: Callable[["Connection", int, bytes], None]) -> None:
        self._answered = answered
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self.transport: asyncio.Transport | None = None
        self.intended_at = 0.0
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, intended_at: float) -> None:
        assert self.transport is not None
        self.intended_at, self.busy = intended_at, True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body, status = b"".join(self._body), self._parser.get_status_code()
        self._body.clear()
        self._parser = httptools.HttpResponseParser(self)
        self.busy = False
        self._answered(self, status, body)

    def connection_lost(self, error: Exception | None) -> None:
        if self.busy:
            self.busy = False
            self._answered(self, 0, b"")

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def is_closed(self) -> bool:
        return self.transport is None or self.transport.is_closing()


class Generator:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.result = Result()
        self._request = job.requests()
        self._number = job.first_number
        self._statuses: Counter[str] = Counter()
        self._connections: list[Connection] = []
        self._idle: deque[Connection] = deque()
        self._late: deque[float] = deque()  # intended instants of requests that found no idle connection
        self._outstanding = 0
        self._counting = False
        self._sending = True
        self._drained = asyncio.Event()

    async def run(self) -> Result:
        for _ in range(self.job.connections):
            self._connections.append(await self._connect())
        if self.job.server_pid is not None:
            self.result.workers = await self._balance(self.job.server_pid)
        await self._replace_closed()
        await (self._closed_loop() if self.job.rate is None else self._open_loop(self.job.rate))
        for connection in self._connections:
            connection.close()
        self.result.statuses = dict(self._statuses)
        self.result.sent = self._number - self.job.first_number
        return self.result

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: Connection(self._answered), "127.0.0.1", self.job.port)
        return connection

    async def _replace_closed(self) -> None:
        """A service hangs up on connections that were idle for long, as on a busy machine while they are balanced."""
        for position, connection in enumerate(self._connections):
            if connection.is_closed():
                self._connections[position] = await self._connect()

    async def _closed_loop(self) -> None:
        for connection in self._connections:
            self._send(connection, time.monotonic())
        await asyncio.sleep(self.job.warm_up_seconds)
        began, self._counting = time.monotonic(), True
        await asyncio.sleep(self.job.seconds)
        self.result.seconds, self._counting = time.monotonic() - began, False
        await self._drain()

    async def _open_loop(self, rate: float) -> None:
        self._idle.extend(self._connections)
        began = time.monotonic()
        warm = int(rate * self.job.warm_up_seconds)
        for n in range(warm + int(rate * self.job.seconds)):
            intended_at = began + n / rate
            if (wait := intended_at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if n == warm:
                counted_from, self._counting = time.monotonic(), True
            if self._idle:
                self._send(self._idle.popleft(), intended_at)
            else:
                self._late.append(intended_at)
        await self._drain()
        self.result.seconds = time.monotonic() - counted_from

    async def _drain(self) -> None:
        self._sending = False
        if self._outstanding:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._drained.wait()

    def _send(self, connection: Connection, intended_at: float) -> None:
        self._outstanding += 1
        connection.send(self._request(self._number), intended_at)
        self._number += 1

    def _answered(self, connection: Connection, status: int, body: bytes) -> None:
        """Status 0: the connection was closed instead."""
        now = time.monotonic()
        self._outstanding -= 1
        if self._counting or status == 0:
            self._statuses[str(status)] += 1
            self.result.latencies_ms.append((now - connection.intended_at) * 1000)
            if self.job.keep_answers and status:
                self.result.answers.append((time.time(), body.decode()))
        if self._late:
            self._send(connection, self._late.popleft())
        elif self.job.rate is not None:
            self._idle.append(connection)
        elif self._sending and status:
            self._send(connection, now)
        if not self._outstanding and not self._sending:
            self._drained.set()

    async def _balance(self, server_pid: int) -> list[int]:
        """Workers take connections from one queue, and one may get most of them: reconnect until each has its share."""
        for _ in range(BALANCE_ATTEMPTS):
            await asyncio.sleep(SETTLE_SECONDS)
            owners = _owners(server_pid, self.job.port)
            sizes = [len(ports) for ports in owners]
            if len(owners) < 2 or max(sizes) - min(sizes) <= 1:
                return sizes
            crowded = max(owners, key=len)
            position = next(n for n, each in enumerate(self._connections) if _local_port(each) in crowded)
            self._connections[position].close()
            await asyncio.sleep(SETTLE_SECONDS)
            self._connections[position] = await self._connect()
        return sizes


def _owners(server_pid: int, port: int) -> list[set[int]]:
    """For each worker of a server: our ends of its connections."""
    owners = []
    for process in psutil.Process(server_pid).children(recursive=True):
        sockets = [each for each in process.net_connections(kind="tcp4") if each.laddr and each.laddr.port == port]
        if sockets:
            owners.append(
                {each.raddr.port for each in sockets if each.raddr and each.status == psutil.CONN_ESTABLISHED}
            )
    return owners


def _local_port(connection: Connection) -> int:
    assert connection.transport is not None
    name: tuple[Any, ...] = connection.transport.get_extra_info("sockname")
    return int(name[1])


def main() -> None:
    job = Job(**json.load(sys.stdin))
    result = uvloop.run(Generator(job).run())
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
