"""`lapor routing rules`: rule sets from the terminal."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from routing_service.work.masking import queries as texts
from routing_service.work.masking.making import make_all
from services.cli import application
from services.database import engine_for
from services.trouble import CannotRun
from shared.database import create_sessions
from tests.conftest import clone, drop
from tests.factories import NOON, a_registry, a_report, a_rule_set

RULES = {
    "name": "Aturan uji",
    "note": "Percobaan",
    "rules": [
        {"conditions": {"words": {"any": ["pasar pagi"]}}, "result": {"agency": "SAMARINDA-DINKES"}, "note": "Pasar."},
        {
            "conditions": {"category": ["roads"]},
            "result": {"agency": "SAMARINDA-PU"},
            "note": "",
            "legal_basis": "UU 23",
        },
    ],
}


@asynccontextmanager
async def a_session(url: URL) -> AsyncIterator[AsyncSession]:
    engine = engine_for(url.render_as_string(hide_password=False))
    async with create_sessions(engine).begin() as session:
        yield session
    await engine.dispose()


async def _prepared(url: URL) -> None:
    async with a_session(url) as session:
        await a_registry(session)
        await a_rule_set(session, ({"category": ["roads"]}, {"agency": "SAMARINDA-PU"}), name="Aturan lama")
        for changes in ({}, {}, {"secret": True}, {"published_at": None}):
            report = await a_report(session, **({"published_at": NOON} | changes))
            await texts.add_public_texts(
                session, make_all(await texts.without(session, [report])), by="service:x", now=NOON
            )


@pytest.fixture
def database(server: URL, template: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    url = asyncio.run(clone(server, template))
    asyncio.run(_prepared(url))
    monkeypatch.setenv("LAPOR_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))
    yield url
    asyncio.run(drop(server, url))


def said(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(application(), ["routing", "rules", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def lapor(*arguments: str, code: int = 0) -> Any:
    return json.loads(said(*arguments, "--json", code=code))


def written(folder: Path, document: Any) -> str:
    file = folder / "rules.json"
    file.write_text(json.dumps(document))
    return str(file)


def test_a_set_is_imported_checked_replayed_activated_and_rolled_back(database: URL, tmp_path: Path) -> None:
    draft = lapor("import", written(tmp_path, RULES))
    id = str(draft["id"])
    checked = said("lint", id)
    replayed = lapor("replay", id, "--last", "10")
    listed = said("replay", id, "--last", "10")
    activated = said("activate", id, "--yes")
    states = {one["name"]: one["state"] for one in lapor("list")}
    back = said("rollback", id)

    assert (draft["state"], draft["rules_count"]) == ("draft", 2)
    assert "0 errors, 0 warnings" in checked
    assert (replayed["examined"], replayed["changed"], len(replayed["items"]), replayed["withheld"]) == (2, 2, 2, 0)
    assert "Of 2 public reports, 2 would change" in listed
    assert "SAMARINDA-DINKES" in listed
    assert f"The rule set {id} (Aturan uji) is in force." in activated
    assert states == {"Aturan uji": "active", "Aturan lama": "retired"}
    assert "(Aturan lama) is in force" in back


def test_what_is_exported_can_be_imported_again_also_into_a_draft(database: URL, tmp_path: Path) -> None:
    first = lapor("import", written(tmp_path, RULES))
    exported = json.loads(said("export", str(first["id"])))

    again = lapor("import", written(tmp_path, exported | {"rules": exported["rules"][:1]}), "--draft", str(first["id"]))

    assert exported == RULES
    assert (again["id"], again["rules_count"]) == (first["id"], 1)
    assert "pasar pagi" in said("show", str(first["id"]))
    assert "Aturan lama" in said("list")


def test_lint_names_what_is_wrong_and_fails(database: URL, tmp_path: Path) -> None:
    wrong = RULES | {"rules": [{"conditions": {}, "result": {"agency": "NOBODY"}}, RULES["rules"][0]]}
    id = str(lapor("import", written(tmp_path, wrong))["id"])

    assert [one["code"] for one in lapor("lint", id, code=1)["findings"]] == ["dead_agency", "shadowed"]
    assert "error dead_agency: Rule 1 names agencies" in said("lint", id, code=1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no file"),
        ("{", "is not JSON"),
        ('{"name": "x", "rules": [{"conditions": {"channel": ["pigeon"]}, "result": {"agency": "A"}}]}', "/rules/0"),
        ('{"rules": []}', "/name"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "rules.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(CannotRun, match=sentence):
        said("import", str(file))


def test_a_set_in_force_takes_no_rules(database: URL, tmp_path: Path) -> None:
    active = next(one["id"] for one in lapor("list") if one["state"] == "active")

    with pytest.raises(CannotRun, match="make a draft based on it"):
        said("import", written(tmp_path, RULES), "--draft", str(active))


def test_a_draft_that_somebody_has_changed_since_is_neither_overwritten_nor_put_in_force(
    database: URL, tmp_path: Path
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    draft = lapor("import", str(file))
    id, version = str(draft["id"]), str(draft["version"])

    changed = lapor("import", str(file), "--draft", id, "--version", version)

    for command in (["import", str(file), "--draft", id], ["activate", id, "--yes"]):
        with pytest.raises(CannotRun, match="rule set has changed"):
            said(*command, "--version", version)
    assert lapor("activate", id, "--version", str(changed["version"]))["state"] == "active"
