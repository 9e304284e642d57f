"""A connection: its headers bounded and timed, idle ones closed, all of them counted. On uvicorn's own protocol."""

import asyncio
import functools
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared.http import problems
from shared.http.door.bodies import WHOLE
from shared.settings import Settings

KIB = 1024
MOST_HEADER_BYTES = 32 * KIB
MOST_UNREAD_BYTES = 2 * 1024 * KIB  #: of what was refused already; whoever sends on is cut off
MOST_PIPELINED = 16
HEADER_SECONDS = 10.0
#: An answer has to be read at this speed, after a while of grace.
SLOWEST_READER = 8 * KIB
READING_SECONDS = 30.0
LOOK_SECONDS = 1.0
LATE_SECONDS = 1.0
#: Files of a process that are no connections of visitors: the database, logs, calls to the other services.
SPARE_FILES = 200
MOST_FILES = 65_536


@dataclass(frozen=True, slots=True)
class Bounds:
    connections: int
    per_address: int
    trusted: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> "Bounds":
        trusted = tuple(ip_network(name, strict=False) for name in settings.proxies)
        return cls(min(settings.connections, _open_files() - SPARE_FILES), settings.connections_per_address, trusted)

    def hold_for(self, address: str) -> bool:
        """Whether an address stands for one visitor. This machine and a trusted proxy stand for many."""
        try:
            known = ip_address(address.partition("%")[0])
        except ValueError:
            return False  # a Unix socket has none
        return self.per_address > 0 and not known.is_loopback and not any(known in network for network in self.trusted)


def _open_files() -> int:
    """How many files this process may open, after it has asked for as many as it gets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted, 2 * SPARE_FILES)


class Watch:
    """The connections of one server. Looks at all of them once a second: a timer for each would cost each request."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        #: Whose headers, and whose bodies, are not whole yet, and since when; the longest first.
        self.waiting: dict[GuardedProtocol, float] = {}
        self.sending: dict[GuardedProtocol, float] = {}
        self.open: set[GuardedProtocol] = set()
        self._of_address: Counter[str] = Counter()
        self._looking = False

    def refusal(self, address: str) -> HTTPStatus | None:
        """Why there is no room for one more. The request that has been unfinished for longest makes room."""
        if self.bounds.hold_for(address) and self._of_address[address] >= self.bounds.per_address:
            return HTTPStatus.TOO_MANY_REQUESTS
        if len(self.open) < self.bounds.connections:
            return None
        longest = [next(iter(each.items())) for each in (self.waiting, self.sending) if each]
        if not longest:
            return HTTPStatus.SERVICE_UNAVAILABLE
        min(longest, key=lambda one: one[1])[0].abort()
        return None

    def enter(self, protocol: "GuardedProtocol") -> None:
        self.open.add(protocol)
        self._of_address[protocol.address] += 1
        if not self._looking:
            self._looking = True
            self._look_later(protocol.loop)

    def leave(self, protocol: "GuardedProtocol") -> None:
        self.waiting.pop(protocol, None)
        self.sending.pop(protocol, None)
        if protocol in self.open:
            self.open.discard(protocol)
            self._of_address[protocol.address] -= 1
            if not self._of_address[protocol.address]:
                del self._of_address[protocol.address]

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(LOOK_SECONDS, self._look, loop, loop.time() + LOOK_SECONDS)

    def _look(self, loop: asyncio.AbstractEventLoop, expected_at: float) -> None:
        """A loop that was held up has not read yet what came meanwhile: then nobody is late, but we are."""
        now = loop.time()
        if now - expected_at < LATE_SECONDS:
            for protocol in [each for each, since in self.waiting.items() if now - since >= HEADER_SECONDS]:
                protocol.headers_are_late()
            for protocol in list(self.open):
                protocol.abort_unless_it_reads(now)
        self._looking = bool(self.open)
        if self._looking:
            self._look_later(loop)


class GuardedProtocol(HttpToolsProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        watch: Watch,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.watch = watch
        self.address = ""
        self._refused = False
        self._between = True  #: before the end of the next headers, and after the request before them
        self._begun = False  #: the next headers have
        self._header_bytes = 0  #: of headers whose end has not come
        self._parsed_bytes = 0  #: of the same, by the parser's count
        self._unread_bytes = 0
        self._reads_until: float | None = None
        self._cycles: list[RequestResponseCycle] = []  #: requests whose answers are not sent; the first is worked on

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if (status := self.watch.refusal(self.address)) is not None:
            self._refused = True
            transport.write(_problem(status, "too_many_connections", "There are too many connections; close some."))
            transport.close()
            return
        self.watch.enter(self)
        self.watch.waiting[self] = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.leave(self)
        self._give_up()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused or (self.cycle is not None and self.cycle.response_complete and not self._between):
            self._unread_bytes += len(data)
            if self._unread_bytes > MOST_UNREAD_BYTES:
                self.abort()
        if self._refused or self.transport.is_closing():
            return
        if self._between:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._between and self._header_bytes > MOST_HEADER_BYTES:
            self._refuse_headers()

    def on_message_begin(self) -> None:
        if self._refused:
            return
        super().on_message_begin()
        self._begun = True
        self._parsed_bytes = 0

    def on_url(self, url: bytes) -> None:
        if not self._refused:
            super().on_url(url)
            self._parsed_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._refused:
            super().on_header(name, value)
            self._parsed_bytes += len(name) + len(value) + 4  # the colon, a space, the end of the line

    def on_headers_complete(self) -> None:
        if self._parsed_bytes > MOST_HEADER_BYTES:
            self._refuse_headers()
        if self._refused:
            return
        self._between = self._begun = False
        self._header_bytes = self._unread_bytes = 0
        self.watch.waiting.pop(self, None)
        self.watch.sending[self] = self.loop.time()
        super().on_headers_complete()
        self._cycles = [*(each for each in self._cycles if not each.response_complete), self.cycle]
        if len(self.pipeline) > MOST_PIPELINED:
            self.abort()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._between = True
        self.watch.sending.pop(self, None)
        if not self._refused:
            cast(dict[str, Any], self.scope)[WHOLE] = True
            super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and self.cycle.response_complete:
            self.watch.waiting[self] = self.loop.time()

    def headers_are_late(self) -> None:
        """A client that has begun a request is told why; an idle connection is closed without a word."""
        if self._refused or not self._begun:
            self.abort()
        else:
            detail = f"The headers did not arrive within {HEADER_SECONDS:g} seconds; send the request again."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "headers_too_slow", detail)

    def abort_unless_it_reads(self, now: float) -> None:
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._reads_until = None
        elif self._reads_until is None:
            self._reads_until = now + READING_SECONDS + unsent / SLOWEST_READER
        elif now > self._reads_until:
            self.abort()

    def abort(self) -> None:
        self._refused = True  # what the parser still finds in the same packet is nobody's
        self.watch.leave(self)
        self._give_up()
        self.transport.abort()

    def _give_up(self) -> None:
        """Nobody reads the answers any more. uvicorn tells the request that came last, not the one in front of it."""
        self.pipeline.clear()
        for cycle in self._cycles:
            if not cycle.response_complete:
                cycle.disconnected = True
            cycle.message_event.set()
        self._cycles.clear()

    def _refuse_headers(self) -> None:
        detail = f"The headers are larger than {MOST_HEADER_BYTES // KIB} KiB; send less."
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", detail)

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Answer, and read on for a while: a client that is cut off while sending never sees the answer."""
        self._refused = True
        self.watch.waiting[self] = self.loop.time()
        if self.cycle is not None and not self.cycle.response_complete:
            self.abort()  # there is another answer under way
            return
        self.transport.write(_problem(status, code, detail))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


def _problem(status: HTTPStatus, code: str, detail: str) -> bytes:
    content = problems.body(status, code=code, detail=detail, instance="")
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {problems.MEDIA_TYPE}\r\n"
        f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + content


def guarded(settings: Settings) -> type[asyncio.Protocol]:
    """What uvicorn makes for each connection. It can be pickled: each worker of a server has a watch of its own."""
    factory: Callable[..., asyncio.Protocol] = functools.partial(GuardedProtocol, watch=Watch(Bounds.of(settings)))
    return cast(type[asyncio.Protocol], factory)
