"""`uvicorn --factory services.sla_monitor:create_app`, or `lapor serve sla_monitor`."""

from fastapi import FastAPI

from services import figures, startup
from shared.settings import MonitorSettings
from sla_monitor import app


def create_app() -> FastAPI:
    settings = startup.prepare(MonitorSettings, "sla_monitor")
    return figures.set_apart(app.create_app(settings), settings, "sla_monitor")
