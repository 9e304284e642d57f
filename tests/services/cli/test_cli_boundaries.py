"""`lapor boundaries` as an operator meets it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from services.cli import application
from services.database import engine_for
from services.trouble import CannotRun
from tests.conftest import clone, drop
from tests.factories import a_registry

SQUARE = [[117.0, -0.6], [117.3, -0.6], [117.3, -0.3], [117.0, -0.3], [117.0, -0.6]]


@pytest.fixture(scope="module")
def database(server: URL, template: URL) -> Iterator[str]:
    """With a registry; these tests run one after the other on it, as a user would."""
    url = asyncio.run(clone(server, template))
    address = url.render_as_string(hide_password=False)

    async def fill() -> None:
        engine = engine_for(address)
        async with AsyncSession(engine) as session, session.begin():
            await a_registry(session)
        await engine.dispose()

    asyncio.run(fill())
    yield address
    asyncio.run(drop(server, url))


@pytest.fixture(autouse=True)
def environment(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))
    monkeypatch.setenv("LAPOR_DATABASE_URL", database)


def lapor(*arguments: str) -> str:
    result = CliRunner().invoke(application(), ["boundaries", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def written(folder: Path, code: str, **changes: Any) -> str:
    feature = {
        "type": "Feature",
        "properties": {"kode": code},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    path = folder / "peta.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature | changes]}))
    return str(path)


def test_a_file_is_tried_imported_listed_and_taken_out_of_force(tmp_path: Path) -> None:
    file = written(tmp_path, "64.72")

    assert "would be imported" in lapor("import", file, "--dry-run")
    assert json.loads(lapor("list", "--json")) == []
    imported = json.loads(lapor("import", file, "--name", "Uji", "--json"))
    assert (imported["regions"], imported["active"]) == (1, True)
    id = str(imported["id"])
    assert "Uji" in lapor("list")
    assert "out of force" in lapor("deactivate", id)
    assert json.loads(lapor("activate", id, "--json"))["active"] is True
    assert len(json.loads(lapor("show", id))["changes"]) == 3


def test_a_wrong_feature_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"/features/0/properties/kode: there is no region 64\.99"):
        lapor("import", written(tmp_path, "64.99"))


@pytest.mark.parametrize(("content", "said"), [(None, "There is no file"), ("{", "is no JSON")])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "peta.geojson"
    if content is not None:
        file.write_text(content)

    with pytest.raises(CannotRun, match=said):
        lapor("import", str(file))
