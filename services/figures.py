"""`/metrics` on a port of its own, where the proxy in front of the services does not reach."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.server import ServerState

from services.connections import guarded
from services.serve import SERVICES
from shared.http import web
from shared.settings import Settings


def port_of(settings: Settings, service: str) -> int:
    """The services may share an environment: each takes the port that is its own."""
    return settings.metrics_port + list(SERVICES).index(service)


def set_apart(app: FastAPI, settings: Settings, service: str) -> FastAPI:
    """The same application, that answers there as long as it runs; if the settings say so."""
    if not settings.metrics_port:
        return app
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[None]:
        async with inner(running), _listening(running, settings, port_of(settings, service)):
            yield

    app.router.lifespan_context = lifespan
    return app


@asynccontextmanager
async def _listening(app: FastAPI, settings: Settings, port: int) -> AsyncIterator[None]:
    figures = Starlette(routes=[Route("/metrics", web.metrics)])
    figures.state = app.state
    config = uvicorn.Config(figures, http=guarded(settings), ws="none", log_config=None, server_header=False)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    # The workers of one service share the port, as they share that of the service.
    server = await loop.create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
        settings.metrics_host,
        port,
        reuse_port=True,
    )
    async with server:
        yield
        for connection in list(state.connections):
            connection.shutdown()
