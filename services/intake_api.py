"""`uvicorn --factory services.intake_api:create_app`, or `lapor serve intake_api`."""

from fastapi import FastAPI

from intake_api import app
from services import figures, startup
from shared.settings import IntakeSettings


def create_app() -> FastAPI:
    settings = startup.prepare(IntakeSettings, "intake_api")
    return figures.set_apart(app.create_app(settings), settings, "intake_api")
