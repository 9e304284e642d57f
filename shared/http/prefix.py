"""A service answers below its own name as well, as where the three stand behind one host. Pure ASGI."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """So that the paths of the document of all three, which are told apart by that name, lead somewhere."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self.app = app
        self._root = f"/{name}"
        self._below = f"/{name}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path") and scope["path"].startswith(self._below):
            scope = {**scope, "root_path": self._root}
        await self.app(scope, receive, send)
