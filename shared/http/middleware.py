"""What happens around every request: its id, its log line, its figures. Pure ASGI, so that it stays cheap."""

import logging
import re
import time
from http import HTTPStatus

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import logs
from shared.clients import CLIENT, Client
from shared.http.door.door import DISCONNECTED
from shared.http.hardening import Hardening
from shared.http.paths import report_of
from shared.http.reads import Reads
from shared.ids import new_id
from shared.metrics import Metrics

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
#: For whoever went away before their request was whole. Nobody reads it but the log and the figures.
GONE = 499
_UNROUTED = "unrouted"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/internal/events"})


class Manners:
    def __init__(self, app: ASGIApp, metrics: Metrics, hardening: Hardening, reads: Reads) -> None:
        self.app = app
        self.metrics = metrics
        self.hardening = hardening
        self.reads = reads
        # Looking a child up by its labels costs five times what counting does.
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self._latency: dict[tuple[str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        identifier = given.decode() if _REQUEST_ID.match(given) else str(new_id())
        token = logs.request_id.set(identifier)
        started = time.perf_counter()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                said = self.hardening.said(scope, given)
                message["headers"] = [*given, (b"x-request-id", identifier.encode()), *said]
            await send(message)

        try:
            await self.app(scope, receive, sending)
            if scope.get(DISCONNECTED):
                status = GONE
        finally:
            self._record(scope, status, time.perf_counter() - started)
            logs.request_id.reset(token)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or _UNROUTED
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._count(method, route, status, seconds)
        self.reads.note(scope, route, status)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        ms, whose = round(seconds * 1000, 2), _whose(scope, route)
        logs.request(level, method=method, route=route, status=status, ms=ms, whose=whose)

    def _count(self, method: str, route: str, status: int, seconds: float) -> None:
        answered = self._requests.get((method, route, status))
        if answered is None:
            answered = self._requests[method, route, status] = self.metrics.requests.labels(method, route, status)
            self._latency[method, route] = self.metrics.latency.labels(method, route)
        answered.inc()
        self._latency[method, route].observe(seconds)


def _whose(scope: Scope, route: str) -> str:
    """Who asked, and about which report: members of a JSON object. A token was checked to have nothing to be escaped.

    Whoever comes without a token is nobody here: neither an address nor a device is written down.
    """
    client: Client | None = scope.get(CLIENT)
    said = ""
    if client is not None:
        said = f',"subject":"{client.sub}","role":"{client.role.value}"'
        if client.agency is not None:
            said += f',"agency":"{client.agency}"'
    if (report := report_of(scope, route)) is not None:
        said += f',"report":"{report}"'
    return said


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
