"""The document that the processes of a run share is the one that each would make."""

import os
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from shared.clock import utc_now
from shared.settings import MonitorSettings
from sla_monitor.app import create_app
from tests.described import RUN_FOLDER
from tests.factories import settings


def documents() -> int:
    return len(list(Path(os.environ[RUN_FOLDER]).glob("*.openapi")))


def test_of_a_service_it_is_written_down_and_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path))
    given = settings("postgresql://nobody@127.0.0.1:1/nothing", MonitorSettings)
    found = [create_app(given).openapi() for _ in range(2)]
    assert documents() == 1

    monkeypatch.setattr("fastapi.applications.get_openapi", get_openapi)
    assert found == [create_app(given).openapi()] * 2


def test_what_a_test_puts_together_is_described_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path))
    router = APIRouter()
    router.add_api_route("/things", documents)
    app = FastAPI()
    app.include_router(router)

    assert app.openapi()["paths"]["/things"]
    assert documents() == 0


def test_other_routes_or_other_words_are_another_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path))
    titles = []
    for title, path in (("A", "/a"), ("B", "/a"), ("A", "/b"), ("A", "/a")):
        app = FastAPI(title=title)
        app.add_api_route(path, utc_now)
        titles.append((app.openapi()["info"]["title"], list(app.openapi()["paths"])))

    assert titles == [("A", ["/a"]), ("B", ["/a"]), ("A", ["/b"]), ("A", ["/a"])]
    assert documents() == 3
