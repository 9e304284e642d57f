"""The application with a store of its own, in a folder that goes with the run."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from obstore.store import LocalStore

from intake_api.evidence.files import Files
from intake_api.evidence.store import Store
from tests.intake_api.helpers import Clock


@pytest.fixture(autouse=True)
def store(app: FastAPI, copy: FastAPI, tmp_path: Path) -> Path:
    """Both copies of the service share it."""
    for one in (app, copy):
        one.state.files.store = Store(lambda: LocalStore(tmp_path))
    return tmp_path


@pytest.fixture
async def http(app: FastAPI, now: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        yield client


@pytest.fixture
def files(app: FastAPI) -> Files:
    found: Files = app.state.files
    return found
