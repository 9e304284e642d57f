"""The name of a public function can be searched for: it says what it does, and few modules have another of it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests import sources

ROOT = Path(__file__).parents[1]
PACKAGES = ("intake_api", "routing_service", "sla_monitor", "shared", "services")
SHORTEST = 3
MOST_MODULES = 3
#: The names of commands, and of the measurements that `lapor bench` takes one after another.
APART = ("services/cli", "services/bench")
ENTRIES = {"create_app", "main"}


def public_functions() -> Iterator[tuple[str, Path]]:
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        within = path.relative_to(ROOT)
        if within.as_posix().startswith(APART):
            continue
        for node in sources.tree(path).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield node.name, within


def test_no_public_function_has_a_name_of_two_letters() -> None:
    assert [(name, str(path)) for name, path in public_functions() if len(name) < SHORTEST] == []


def test_few_modules_have_a_public_function_of_one_name() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for name, path in public_functions():
        if name not in ENTRIES:
            modules[name].append(str(path))

    assert {name: found for name, found in modules.items() if len(found) > MOST_MODULES} == {}
