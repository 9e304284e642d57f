"""`uvicorn --factory services.intake_api:create_app`, or `lapor serve intake_api`."""

from fastapi import FastAPI

from intake_api import app
from services import startup
from shared.settings import IntakeSettings


def create_app() -> FastAPI:
    return app.create_app(startup.prepare(IntakeSettings, "intake_api"))
