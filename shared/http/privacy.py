"""What answers say to caches and browsers: nothing is kept but what is for everybody, and in which language it is.

Pure ASGI, one list for most.
"""

from collections.abc import Iterable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.languages import ANSWERED_IN
from shared.http.openly import FILES

Header = tuple[bytes, bytes]

_NO_SNIFFING: Header = (b"x-content-type-options", b"nosniff")
#: One address shows a report to its reporter, to the public and to officers, in two languages.
_PRIVATE: tuple[Header, ...] = (
    _NO_SNIFFING,
    (b"vary", b"Authorization, X-Access-Code, X-Reporter-Reference, Accept-Language"),
)
_NOT_KEPT: Header = (b"cache-control", b"no-store")
_PUBLIC: tuple[Header, ...] = (_NO_SNIFFING, (b"vary", b"Accept-Language"))


class Privacy:
    """`public`: the routes whose answers are the same for everybody, whatever they send with the request."""

    def __init__(self, app: ASGIApp, public: Iterable[str] = ()) -> None:
        self.app = app
        self._public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                message["headers"] = [*headers, *self._said(scope, message), *_language(scope, headers)]
            await send(message)

        await self.app(scope, receive, sending)

    def _said(self, scope: Scope, start: Message) -> Iterable[Header]:
        if start["status"] < HTTPStatus.BAD_REQUEST and self._is_public(scope):
            return _PUBLIC
        if any(name == b"cache-control" for name, _ in start.get("headers", ())):
            return _PRIVATE
        return (*_PRIVATE, _NOT_KEPT)

    def _is_public(self, scope: Scope) -> bool:
        if scope["method"] not in ("GET", "HEAD"):
            return False
        route = getattr(scope.get("route"), "path", "")
        return route in self._public or scope["path"].removeprefix(scope.get("root_path", "")).startswith(FILES)


def _language(scope: Scope, headers: Iterable[Header]) -> Iterable[Header]:
    language = scope.get(ANSWERED_IN)
    if language is None or any(name == b"content-language" for name, _ in headers):
        return ()
    return ((b"content-language", language.encode()),)
