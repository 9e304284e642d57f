"""What is refused before the mailbox sees it (too much, too often, nobody there) is told to people as a page, too.

Pure ASGI, around everything else: the door answers programs, in JSON.
"""

import json
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake_api.pages import mailbox
from intake_api.pages.mailbox import Where
from shared.http import languages, problems

_MAILBOX = "/r"


class RefusedAsPage:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = _number_in(scope)
        if number is None:
            await self.app(scope, receive, send)
            return
        language = languages.of_page(Request(scope))
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-language"]
        asked = {**scope, "headers": [*headers, (b"accept-language", language.value.encode())]}
        root = scope.get("root_path", "")
        where = Where(f"{root}{_MAILBOX}/{number}" if number else root + _MAILBOX, root + _MAILBOX, language)
        await self.app(asked, receive, _Answering(send, where, number))


class _Answering:
    """Sends on what comes, but for a problem."""

    def __init__(self, send: Send, where: Where, number: str) -> None:
        self._send = send
        self._where = where
        self._number = number
        self._start: MutableMapping[str, Any] | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            if headers.get("content-type", "").startswith(problems.MEDIA_TYPE):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            page = self._page(str(json.loads(self._body)["detail"])).encode()
            headers = MutableHeaders(raw=self._start["headers"])
            headers["content-type"] = "text/html; charset=utf-8"
            headers["content-length"] = str(len(page))
            headers["content-security-policy"] = mailbox.POLICY
            headers["content-language"] = self._where.language.value
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": page})

    def _page(self, wrong: str) -> str:
        if self._number:
            return mailbox.ask_for_code(self._where, self._number, wrong)
        return mailbox.ask_for_number(self._where, wrong)


def _number_in(scope: Scope) -> str | None:
    """Of the path of a mailbox; empty where it asks for the number. None: it is another path."""
    if scope["type"] != "http":
        return None
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if path != _MAILBOX and not path.startswith(f"{_MAILBOX}/"):
        return None
    number: str = path.removeprefix(_MAILBOX).removeprefix("/").split("/")[0]
    return "".join(one for one in number if one.isalnum())[:20]
