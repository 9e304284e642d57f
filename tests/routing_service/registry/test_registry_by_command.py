"""`lapor registry`: files and gaps from the terminal."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from services.cli import application, registry
from services.database import engine_for
from services.trouble import CannotRun
from shared.database import create_sessions
from tests.conftest import clone, drop
from tests.factories import a_registry

HEADING = "code,name,kind,parent,region"


async def _prepared(server: URL, template: URL) -> URL:
    url = await clone(server, template)
    engine = engine_for(url.render_as_string(hide_password=False))
    async with create_sessions(engine).begin() as session:
        await a_registry(session)
    await engine.dispose()
    return url


@pytest.fixture(scope="module")
def known(server: URL, template: URL) -> Iterator[URL]:
    url = asyncio.run(_prepared(server, template))
    yield url
    asyncio.run(drop(server, url))


@pytest.fixture(autouse=True)
def database(known: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", known.render_as_string(hide_password=False))
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))


def lapor(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(application(), ["registry", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(*lines: str) -> str:
        path = tmp_path / "file.csv"
        path.write_text("\n".join(lines))
        return str(path)

    return write


def test_a_file_is_tried_and_then_taken(file: Any) -> None:
    path = file(HEADING, "KUTIM-PU,Dinas PU,dinas,KUTIM,64", "KUTIM,Pemkab Kutai Timur,regency,,64")

    tried = json.loads(lapor("import", "agencies", path, "--dry-run", "--json"))
    said = lapor("import", "agencies", path)
    again = json.loads(lapor("import", "agencies", path, "--json"))

    assert (tried["applied"], tried["created"]) == (False, 2)
    assert said == "Of 2 agencies were: 2 created, 0 changed, 0 left as they are.\n"
    assert (again["applied"], again["unchanged"]) == (True, 2)


def test_mistakes_are_listed_line_by_line_and_nothing_is_written(file: Any) -> None:
    path = file(HEADING, "GOOD,Dinas,dinas,SAMARINDA,64", "BAD,Dinas,castle,NOWHERE,64")

    said = lapor("import", "agencies", path, code=1)
    indonesian = lapor("import", "agencies", path, "--language", "id", code=1)
    found = json.loads(lapor("import", "agencies", path, "--dry-run", "--json", code=1))

    assert said.startswith("Line 3, column kind: This column must be one of ministry,")
    assert said.endswith("Mistakes: 1. Nothing was written.\n")
    assert indonesian.startswith("Baris 3, kolom kind: Kolom ini harus berupa salah satu dari ministry (kementerian),")
    assert indonesian.endswith("Kesalahan: 1. Tidak ada yang disimpan.\n")
    assert [(one["line"], one["column"], one["code"]) for one in found["errors"]] == [(3, "kind", "invalid_value")]
    assert json.loads(lapor("import", "agencies", file(HEADING, "GOOD,D,dinas,SAMARINDA,"), "--dry-run", "--json"))[
        "created"
    ]


def test_a_dry_run_shows_in_words_what_each_line_does(file: Any) -> None:
    lapor("import", "agencies", file("code,name,kind,parent,phone", "TRIED,Dinas,dinas,SAMARINDA,112"))
    path = file("code,name,phone", "TRIED,Dinas Lain,")

    english = lapor("import", "agencies", path, "--dry-run")
    indonesian = lapor("import", "agencies", path, "--dry-run", "--language", "id")

    assert english.startswith("Line 2, TRIED: changes name; TAKES AWAY phone\n")
    assert indonesian.startswith("Baris 2, TRIED: mengubah name; MENGHAPUS ISI phone\n")
    assert indonesian.endswith("Dari 1 baris: 0 dibuat, 1 diubah, 0 tetap (belum disimpan).\n")


def test_what_is_written_to_a_file_can_be_read_again(file: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "agencies.csv")

    said = lapor("export", "agencies", path, "--language", "id")
    again = json.loads(lapor("import", "agencies", path, "--json"))

    assert said.endswith("agencies.csv sudah ditulis.\n")
    assert (again["created"], again["updated"]) == (0, 0)
    with pytest.raises(CannotRun, match="cannot be written"):
        lapor("export", "agencies", str(tmp_path))


@pytest.mark.parametrize("kind", ["officers", "categories"])
def test_officers_and_categories_are_taken(file: Any, kind: str) -> None:
    lines = {
        "officers": ("agency,role,name,email", "SAMARINDA,coordinator,Budi,budi@samarinda.example"),
        "categories": ("code,label_id,label_en", "noise,Kebisingan,Noise"),
    }

    assert json.loads(lapor("import", kind, file(*lines[kind]), "--json"))["created"] == 1


def test_a_file_that_is_not_there_or_too_large_is_named(
    file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MOST_BYTES", 10)

    with pytest.raises(CannotRun, match="There is no file"):
        lapor("import", "agencies", str(tmp_path / "nothing.csv"))
    with pytest.raises(CannotRun, match="is larger than"):
        lapor("import", "agencies", file(HEADING))


def test_the_health_of_the_registry_is_listed(file: Any) -> None:
    found = json.loads(lapor("health", "--json", code=1))
    few = json.loads(lapor("health", "--limit", "2", "--json", code=1))
    said = lapor("health", "--code", "instansi_without_coordinator", "--agency", "KALTIM", code=1)

    assert found["counts"]["agency_without_liaison_officer"] >= 5
    assert len(found["items"]) == sum(found["counts"].values())
    assert few["items"] == found["items"][:2]
    assert "Kaltim has no active coordinator." in said


def test_health_is_told_in_the_language_that_lapor_was_asked_for(file: Any) -> None:
    result = CliRunner().invoke(application(), ["--language", "id", "registry", "health", "--code", "duty_shared"])
    english = CliRunner().invoke(application(), ["registry", "health", "--code", "duty_shared"])

    assert (result.stdout, english.stdout) == ("Tidak ada kekurangan.\n", "There are no gaps.\n")


def test_a_registry_without_gaps_says_so(file: Any) -> None:
    assert lapor("health", "--code", "category_without_label") == "There are no gaps.\n"
