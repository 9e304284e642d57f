"""What happens around every request: its id, its size, its log line, its figures. Pure ASGI, so that it stays cheap."""

import logging
import re
import time
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import logs, problems
from shared.ids import new_id
from shared.metrics import Metrics

MAX_BODY_BYTES = 1024 * 1024
_REQUEST_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
_TOO_LARGE = "The body is larger than 1 MiB; send less."
_UNROUTED = "unrouted"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/internal/events"})


class Manners:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

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
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", identifier.encode())]
            await send(message)

        try:
            if refusal := _refusal(scope, headers):
                await _refuse(scope, sending, *refusal)
            else:
                await self.app(scope, _limited(receive), sending)
        finally:
            self._record(scope, status, time.perf_counter() - started)
            logs.request_id.reset(token)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or _UNROUTED
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.metrics.requests.labels(method, route, status).inc()
        self.metrics.latency.labels(method, route).observe(seconds)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        logs.request(level, method=method, route=route, status=status, ms=round(seconds * 1000, 2))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _refusal(scope: Scope, headers: dict[bytes, bytes]) -> tuple[HTTPStatus, str, str] | None:
    """A request that no endpoint should see: (status, code, sentence)."""
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return HTTPStatus.BAD_REQUEST, "nul_character", "The address has a NUL character in it; take it out."
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", _TOO_LARGE
    return None


async def _refuse(scope: Scope, send: Send, status: HTTPStatus, code: str, detail: str) -> None:
    path = scope["path"].replace("\x00", "")
    asked = dict(scope["headers"]).get(b"accept-language")
    language = problems.language_of(None if asked is None else asked.decode("latin-1"))
    content = problems.body(status, code=code, detail=detail, instance=path, language=language)
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _limited(receive: Receive) -> Receive:
    """A body without a length is counted as it comes."""
    read = 0

    async def receiving() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
        return message

    return receiving
