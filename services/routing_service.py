"""`uvicorn --factory services.routing_service:create_app`, or `lapor serve routing_service`."""

from fastapi import FastAPI

from routing_service import app
from services import startup
from shared.settings import RoutingSettings


def create_app() -> FastAPI:
    settings = startup.read_settings(RoutingSettings)
    startup.check_database(settings)
    return app.create_app(settings)
