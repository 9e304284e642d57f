"""`uvicorn --factory services.sla_monitor:create_app`, or `lapor serve sla_monitor`."""

from fastapi import FastAPI

from services import startup
from shared.settings import MonitorSettings
from sla_monitor import app


def create_app() -> FastAPI:
    return app.create_app(startup.prepare(MonitorSettings, "sla_monitor"))
