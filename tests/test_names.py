"""The name of a public function or class can be searched for: it says what it is, and few modules have one like it."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests import sources

ROOT = Path(__file__).parents[1]
PACKAGES = ("intake_api", "routing_service", "sla_monitor", "shared", "services")
SHORTEST = 3
MOST_MODULES = 3
#: The names of commands, and of the measurements that `lapor bench` takes one after another.
APART = ("services/cli", "services/bench")
ENTRIES = {"create_app", "main"}
#: Where a page of a list ends, by the columns of that list.
IN_EACH_LIST = {"Position"}
#: Words of the glossary, each one class. A table, and an answer that outsiders read, may be called by what it holds.
WORDS = {
    "Case", "Channel", "Clock", "Desk", "Event", "Evidence", "Head", "Holder", "Place", "Policy", "Report", "Scope",
    "Standing", "Status",
}  # fmt: skip
TOLD = ("shared/schema/", "schemas.py")


def public(*kinds: type[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]) -> Iterator[tuple[str, Path]]:
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in sources.tree(path).body:
            if isinstance(node, kinds) and not node.name.startswith("_"):
                yield node.name, path.relative_to(ROOT)


def public_functions() -> Iterator[tuple[str, Path]]:
    for name, path in public(ast.FunctionDef, ast.AsyncFunctionDef):
        if not path.as_posix().startswith(APART):
            yield name, path


def classes() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, path in public(ast.ClassDef):
        if TOLD[0] not in path.as_posix() and path.name != TOLD[1]:
            found[name].append(str(path))
    return found


def test_no_public_function_has_a_name_of_two_letters() -> None:
    assert [(name, str(path)) for name, path in public_functions() if len(name) < SHORTEST] == []


def test_few_modules_have_a_public_function_of_one_name() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for name, path in public_functions():
        if name not in ENTRIES:
            modules[name].append(str(path))

    assert {name: found for name, found in modules.items() if len(found) > MOST_MODULES} == {}


def test_few_modules_have_a_class_of_one_name() -> None:
    assert {
        name: found for name, found in classes().items() if len(found) > MOST_MODULES and name not in IN_EACH_LIST
    } == {}


def test_a_word_of_the_house_is_one_class() -> None:
    assert {name: found for name, found in classes().items() if len(found) > 1 and name in WORDS} == {}
