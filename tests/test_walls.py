"""The contracts of import-linter hold what they should: none of them keeps a list that could grow old."""

import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.configuration import configure

from tests.purity import Purity, pure_modules

LINTER: dict[str, Any] = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES = [Path(package) for package in LINTER["root_packages"]]


@pytest.mark.parametrize("role", ["queries", "service", "endpoints", "jobs"])
def test_a_role_is_held_at_any_depth(role: str) -> None:
    graph = grimp.build_graph(*LINTER["root_packages"], cache_dir=None)
    (pattern,) = {
        expression
        for contract in LINTER["contracts"]
        for expression in contract.get("source_modules", ())
        if expression.endswith(f".{role}")
    }
    named = {".".join(path.with_suffix("").parts) for package in PACKAGES for path in package.rglob(f"{role}.py")}

    assert named
    assert named <= graph.find_matching_modules(pattern)


configure()  # as its command does before it checks


def a_project(folder: Path, docstring: str, imports: str) -> Purity:
    (folder / "house" / "room").mkdir(parents=True)
    (folder / "house" / "__init__.py").write_text("")
    (folder / "house" / "room" / "__init__.py").write_text("")
    (folder / "house" / "room" / "rules.py").write_text(f'"""{docstring}"""\n\nimport {imports}\n')
    options = {"forbidden_modules": ["sqlalchemy"]}
    return Purity("pure", {"root_packages": ["house"], "include_external_packages": True}, options)


def a_graph(*imports: tuple[str, str]) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    for module in ("house", "house.room", "house.room.rules", "house.tables"):
        graph.add_module(module)
    graph.add_module("sqlalchemy", is_squashed=True)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    return graph


@pytest.mark.parametrize("docstring", ["What applies. Pure.", "A pure function of it.", "Finds. Pure, and slow."])
@pytest.mark.parametrize(
    "chain",
    [
        [("house.room.rules", "sqlalchemy")],
        [("house.room.rules", "house.tables"), ("house.tables", "sqlalchemy")],
    ],
)
def test_a_module_that_calls_itself_pure_may_not_know_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docstring: str, chain: list[tuple[str, str]]
) -> None:
    monkeypatch.chdir(tmp_path)
    contract = a_project(tmp_path, docstring, "sqlalchemy")

    assert not contract.check(a_graph(*chain), verbose=False).kept
    assert contract.check(a_graph(), verbose=False).kept


@pytest.mark.parametrize("docstring", ["What applies.", "Headers. Pure ASGI.", "Purely a matter of taste."])
def test_a_module_that_does_not_say_so_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docstring: str) -> None:
    monkeypatch.chdir(tmp_path)
    contract = a_project(tmp_path, docstring, "sqlalchemy")

    assert contract.check(a_graph(("house.room.rules", "sqlalchemy")), verbose=False).kept


def test_the_rules_of_the_house_call_themselves_pure() -> None:
    found = {module for package in PACKAGES for module in pure_modules(package)}

    assert {
        "routing_service.competence.decide",
        "routing_service.report.case",
        "routing_service.report.rights",
        "shared.domain.lifecycle",
        "sla_monitor.deadlines",
    } <= found


def test_every_room_stands_in_the_picture_of_the_house() -> None:
    said = Path("docs/architecture.md").read_text()
    rooms = {
        path.parent.relative_to(package).as_posix()
        for package in PACKAGES
        for path in package.rglob("__init__.py")
        if path.parent != package
        and len(path.parent.relative_to(package).parts) <= (2 if package.name == "routing_service" else 1)
    }

    assert sorted(room for room in rooms if not said_in(said, room)) == []


def said_in(text: str, room: str) -> bool:
    return f"`{room}/`" in text or f"<b>{room}</b>" in text
