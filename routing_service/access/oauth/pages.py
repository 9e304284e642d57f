"""The pages about the API of all three services ask the issuer for tokens; other pages do not. Pure ASGI."""

from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from routing_service.access.oauth.issuer import JWKS, METADATA, REVOKE, TOKEN
from shared.actors import INTAKE, MONITOR, ROUTING
from shared.settings import Settings

_OPEN = (TOKEN, REVOKE, JWKS, METADATA)
_HEADERS = ["Authorization", "Content-Type", "X-Requested-With"]


class PagesOfServices:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._open = CORSMiddleware(
            app, allow_origins=sorted(origins(settings)), allow_methods=["GET", "POST"], allow_headers=_HEADERS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith(_OPEN):
            await self._open(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def origins(settings: Settings) -> set[str]:
    """Where browsers find the services; on this machine under both of its names."""
    urls = [settings.issuer_url, *(settings.url_of(service) for service in (INTAKE, ROUTING, MONITOR))]
    found = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls)}
    return found | {origin.replace("//127.0.0.1", "//localhost") for origin in found}
