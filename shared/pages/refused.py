"""What the door refuses (too much, too often, an address that nobody reads) is told to people as a page, too.

Pure ASGI, around everything else: the door answers programs, in JSON.
"""

import json
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http import languages, problems
from shared.pages import places

#: What the page says itself; what the door said beside, such as when to try again, stays.
_OF_THE_PAGE = ("content-type", "content-length", "content-language", "content-security-policy", "cache-control")

#: Makes the page of a status and a sentence.
Telling = Callable[[int, str], Response]


def of_officers(scope: Scope) -> Telling | None:
    """For everything below `/board`."""
    root = places.root_of(scope)
    if root is None:
        return None

    def page(status: int, detail: str) -> Response:
        request = Request({**scope, "root_path": root})
        made: Response = request.app.state.look.page(request, "refused.html", status=status, detail=detail, kept=[])
        return made

    return page


class RefusedAsPage:
    """`telling_of` a request: how a refusal of it is told; None: as it is."""

    def __init__(self, app: ASGIApp, telling_of: Callable[[Scope], Telling | None]) -> None:
        self.app = app
        self._telling_of = telling_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (telling := self._telling_of(scope)) is None:
            await self.app(scope, receive, send)
            return
        language = languages.of_page(Request(scope))
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-language"]
        asked = {**scope, "headers": [*headers, (b"accept-language", language.value.encode())]}
        await self.app(asked, receive, _Answering(send, telling))


class _Answering:
    """Sends on what comes, but for a problem."""

    def __init__(self, send: Send, telling: Telling) -> None:
        self._send = send
        self._telling = telling
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
            page = self._telling(self._start["status"], str(json.loads(self._body)["detail"]))
            said = MutableHeaders(raw=self._start["headers"])
            for name in _OF_THE_PAGE:
                if name in page.headers:
                    said[name] = page.headers[name]
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": bytes(page.body)})


def _is_problem(message: Message) -> bool:
    return MutableHeaders(raw=message["headers"]).get("content-type", "").startswith(problems.MEDIA_TYPE)
