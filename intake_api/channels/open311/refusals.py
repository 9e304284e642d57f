"""What is refused, wherever in the service, is told as Open311 tells errors: a list, in the format that was asked for.

Pure ASGI, around everything else: the door and the handlers of errors answer with problems (RFC 9457).
"""

import json
import re
from collections.abc import Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake_api.channels.open311 import talking
from intake_api.channels.open311.reading import FIELDS
from intake_api.channels.open311.schemas import Open311Error
from shared.http import problems

_PATH = re.compile("(?:/intake)?/open311/")
#: The specification knows no 401, 409 and 422. What passes by itself is told so that the sender tries again.
_STATUSES: Mapping[int, int] = {401: 403, 409: 400, 422: 400}
_OF_CODES: Mapping[str, int] = {
    "unknown_category": 404, "inactive_category": 404, "unknown_agency": 404, "unknown_service": 404,
    "unknown_jurisdiction": 404, "idempotency_key_in_use": 503,
}  # fmt: skip


class RefusedAsOpen311:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _PATH.match(scope["path"]):
            send = _Telling(send, scope["path"])
        await self.app(scope, receive, send)


class _Telling:
    """Sends on what comes, but for a problem."""

    def __init__(self, send: Send, path: str) -> None:
        self._send = send
        self._path = path
        self._start: MutableMapping[str, Any] | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            problem = json.loads(self._body)
            status = status_of(problem)
            told = talking.answer(self._path, Open311Error, errors_of(problem, status))
            headers = MutableHeaders(raw=self._start["headers"])
            headers["content-type"] = told.headers["content-type"]
            headers["content-length"] = told.headers["content-length"]
            del headers["www-authenticate"]
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                headers.setdefault("retry-after", "2")
            await self._send({**self._start, "status": status})
            await self._send({"type": "http.response.body", "body": bytes(told.body)})


def _is_problem(message: Message) -> bool:
    return MutableHeaders(raw=message["headers"]).get("content-type", "").startswith(problems.MEDIA_TYPE)


def status_of(problem: Mapping[str, Any]) -> int:
    codes = {problem["code"], *(one.get("code") for one in problem.get("errors", ()))}
    found = next((_OF_CODES[code] for code in codes if code in _OF_CODES), None)
    return found or _STATUSES.get(problem["status"], problem["status"])


def errors_of(problem: Mapping[str, Any], status: int) -> list[Open311Error]:
    """One for each field, by the name that the client knows it by."""
    errors = problem.get("errors") or [{"pointer": "", "message": problem["detail"]}]
    return [Open311Error(code=status, description=_said(one["pointer"], one["message"])) for one in errors]


def _said(pointer: str, message: str) -> str:
    name = FIELDS.get(pointer) or pointer.strip("/").removeprefix("query/").removeprefix("path/")
    return f"{name}: {message}" if name else message
