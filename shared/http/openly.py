"""What is the same for everybody may be kept, compressed and asked for by HEAD: reference data, documents, pages.

Nothing else is compressed. Where an answer has a secret in it beside words that the request chose, its compressed
length tells of the secret (BREACH): access codes, texts of reports, and every answer that repeats what was sent.
"""

import hashlib
import re
from collections.abc import Iterable

from fastapi import Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.conditional import is_known

#: Where files lie that come with the release.
FILES = ("/static-offline-docs/", "/docs", "/redoc", "/openapi.json", "/guides/")
#: So long nobody needs to ask again; after it a 304 says that nothing has changed.
KEPT_SECONDS = 300
_SMALLEST = 500  # bytes that are worth compressing
_LEVEL = 6
_REFUSES_GZIP = re.compile(rb"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)")


class Openly:
    """`paths`: of the reference data. Reads as GET what is asked by HEAD, and sends no body for it."""

    def __init__(self, app: ASGIApp, paths: Iterable[str] = ()) -> None:
        self.app = app
        self._gzip = GZipMiddleware(app, minimum_size=_SMALLEST, compresslevel=_LEVEL)
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not self._is_open(scope):
            await self.app(scope, receive, send)
            return
        accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
        app = self.app if _REFUSES_GZIP.search(accepted) else self._gzip
        if scope["method"] == "GET":
            await app(scope, receive, send)
            return
        # A scope of its own: the server asks its own one, while the answer is sent, whether to expect a body.
        inside = {**scope, "method": "GET"}
        await app(inside, receive, _without_body(send, scope, inside))

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return path in self._paths or path.startswith(FILES)


def _without_body(send: Send, scope: Scope, inside: Scope) -> Send:
    """What stands around reads the route from its own scope."""

    async def sending(message: Message) -> None:
        if "route" in inside:
            scope["route"] = inside["route"]
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sending


def answered(content: bytes, if_none_match: str | None, *, next_page: str | None = None) -> Response:
    """Reference data with what a cache needs, or 304.

    The tag is weak, for it is the same compressed or not, and a digest of the content: some of it changes on a day that
    was set before, with no change of the registry that a version could count.
    """
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": f"W/{tag}",
        "Cache-Control": f"public, max-age={KEPT_SECONDS}",
        "Content-Language": "id, en",
    }
    if next_page is not None:
        headers["Link"] = f'<{next_page}>; rel="next"'
    if if_none_match is not None and is_known(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
