"""Which names a service answers to, and which sites of others may call it from a browser: what the settings name."""

from collections.abc import Iterable
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.errors import DomainError
from shared.http.door.door import refuse

#: What a browser may show the script that asked, beside the usual.
EXPOSED = (
    "ETag", "Location", "Link", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed", "X-Request-Id",
    # Of tus: where a script goes on that was interrupted.
    "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Upload-Offset",
    "Upload-Length", "Upload-Metadata", "Upload-Expires",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TAKEN = (
    "Authorization", "Content-Type", "Accept-Language", "Idempotency-Key", "If-Match", "If-None-Match",
    "X-Access-Code", "X-Reporter-Reference", "X-Request-Id",
    "Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Checksum", "X-HTTP-Method-Override",
)  # fmt: skip
#: Asked by whatever watches the processes, by their addresses.
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})


class UnknownHost(DomainError):
    status = HTTPStatus.MISDIRECTED_REQUEST
    code = "unknown_host"

    def __init__(self) -> None:
        super().__init__("This service does not answer to that name; ask it by the address that it was published with.")


class Hosts:
    """Refuses a request for a name that is not ours. `*.example.go.id` names all below it."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str]) -> None:
        self.app = app
        self._names = frozenset(name.lower() for name in names if not name.startswith("*."))
        self._below = tuple(name[1:].lower() for name in names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _WATCHED or self._is_ours(scope):
            await self.app(scope, receive, send)
        else:
            await refuse(scope, send, UnknownHost())

    def _is_ours(self, scope: Scope) -> bool:
        named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(named) != 1:
            return False
        host = _without_port(named[0]).lower().rstrip(".")
        return host in self._names or host.endswith(self._below)


def _without_port(host: str) -> str:
    if host.startswith("["):  # an IPv6 address
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
