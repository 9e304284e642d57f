"""`uvicorn --factory services.routing_service:create_app`, or `lapor serve routing_service`."""

from fastapi import FastAPI

from routing_service import app
from services import startup
from shared.settings import RoutingSettings


def create_app() -> FastAPI:
    return app.create_app(startup.prepare(RoutingSettings, "routing_service"))
