"""`uvicorn --factory services.routing_service:create_app`, or `lapor serve routing_service`."""

from fastapi import FastAPI

from routing_service import app
from services import figures, startup
from shared.settings import RoutingSettings


def create_app() -> FastAPI:
    settings = startup.prepare(RoutingSettings, "routing_service")
    return figures.set_apart(app.create_app(settings), settings, "routing_service")
