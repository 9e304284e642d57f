"""The codes that an operation can be refused with, by what its function reaches: calls, dependencies, what these raise.

`python -m tests.documents.problem_codes` writes them into data/codes.json of the services whose operations share much.
What is reached through a variable is followed if its annotation, or the name of the method alone, says whose it is.
"""

import ast
import importlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from services.openapi import apps
from shared.errors import DomainError
from shared.http.door.rules import described
from tests.documents.integrating_page import PARTS
from tests.sentences import PACKAGES, ROOT, sentences

SERVICES = ("routing_service", "sla_monitor")
Codes = Mapping[str, Mapping[str, list[str]]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source:
    """Everything that a module names: functions, classes with their methods, and what stands in variables."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.nodes: dict[str, tuple[str, ast.AST]] = {}  #: with the module that each stands in
        self.names: dict[str, dict[str, str]] = defaultdict(dict)
        self.methods: dict[str, set[str]] = defaultdict(set)
        for package in PACKAGES:
            for path in sorted((ROOT / package).rglob("*.py")):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                self.modules.add(module)
                for node in ast.parse(path.read_text("utf-8")).body:
                    self._read(module, node)

    def _read(self, module: str, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            self.names[module] |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, Function | ast.ClassDef):
            self._add(module, node.name, node)
            for method in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(method, Function):
                    self.nodes[f"{module}.{node.name}.{method.name}"] = module, method
                    self.methods[method.name].add(f"{module}.{node.name}.{method.name}")
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    self._add(module, target.id, node)

    def _add(self, module: str, name: str, node: ast.AST) -> None:
        self.nodes[f"{module}.{name}"] = module, node
        self.names[module][name] = f"{module}.{name}"

    def meant(self, module: str, name: str) -> str:
        """The full name of what a name stands for in a module, through imports of imports; empty: nothing of ours."""
        full, seen = self.names[module].get(name, ""), set[str]()
        while full and full not in self.nodes and full not in self.modules and full not in seen:
            seen.add(full)
            above, _, last = full.rpartition(".")
            full = self.names[above].get(last, "") if above in self.modules else ""
        return full

    def of(self, module: str, owner: str, types: Mapping[str, set[str]], node: ast.expr) -> set[str]:
        """What a name or an attribute refers to."""
        if isinstance(node, ast.Name):
            return {self.meant(module, node.id)}
        if not isinstance(node, ast.Attribute):
            return set()
        if isinstance(node.value, ast.Name):
            named = self.meant(module, node.value.id)
            if named in self.modules:
                return {self.meant(named, node.attr)}
            known = {owner} if node.value.id in ("self", "cls") else types.get(node.value.id, set())
            if found := {f"{one}.{node.attr}" for one in known} & self.nodes.keys():
                return found
        service = module.partition(".")[0]
        near = {one for one in self.methods[node.attr] if one.partition(".")[0] in (service, "shared")}
        return near if len(near) == 1 else set()


@cache
def source() -> Source:
    return Source()


@cache
def _known(full: str) -> type[DomainError] | None:
    module, _, name = full.rpartition(".")
    found = getattr(importlib.import_module(module), name, None) if module in source().modules else None
    return found if isinstance(found, type) and issubclass(found, DomainError) else None


@cache
def said_by(full: str) -> tuple[frozenset[str], frozenset[tuple[int, str]]]:
    """What a function refers to, and the status and code of each problem that it makes itself."""
    module, node = source().nodes[full]
    owner, types = full.rpartition(".")[0], defaultdict[str, set[str]](set)
    if isinstance(node, Function):
        for argument in (*node.args.args, *node.args.kwonlyargs):
            for part in ast.walk(argument.annotation) if argument.annotation else ():
                if isinstance(part, ast.Name):
                    types[argument.arg].add(source().meant(module, part.id))
    inside = [node]
    if isinstance(node, ast.ClassDef):
        inside = [one for one in node.body if isinstance(one, Function) and one.name in ("__init__", "__call__")]
    refers, makes = set[str](), set[tuple[int, str]]()
    for part in (part for one in inside for part in ast.walk(one)):
        if isinstance(part, ast.Call):
            for error in filter(None, map(_known, source().of(module, owner, types, part.func))):
                makes |= {(int(error.status), code) for code in _codes(part, error)}
        if isinstance(part, ast.expr):
            refers |= source().of(module, owner, types, part) & source().nodes.keys()
    return frozenset(refers), frozenset(makes)


def _codes(call: ast.Call, error: type[DomainError]) -> Iterator[str]:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
    if given is None:
        yield error.code
    else:
        for code in sentences(given):
            yield from PARTS.get(code, () if "{" in code else (code,))


def reached(full: str) -> set[tuple[int, str]]:
    seen, left, found = set[str](), [full], set[tuple[int, str]]()
    while left:
        if (one := left.pop()) not in seen:
            seen.add(one)
            refers, makes = said_by(one)
            found |= makes
            left += refers - seen
    return found


def codes(service: str) -> Codes:
    """By operation and status, as far as the operation documents the status."""
    app = apps()[service]
    document = app.openapi()
    found: dict[str, dict[str, list[str]]] = {}
    for path, method, operation in described(app):
        if shown := document["paths"].get(path, {}).get(method.lower()):
            endpoint: Any = getattr(operation.route, "endpoint")  # noqa: B009
            of_status: dict[str, list[str]] = defaultdict(list)
            for status, code in sorted(reached(f"{endpoint.__module__}.{endpoint.__name__}")):
                if str(status) in shown["responses"]:
                    of_status[str(status)].append(code)
            found[shown["operationId"]] = dict(of_status)
    return dict(sorted(found.items()))


def file_of(service: str) -> Path:
    return ROOT / service / "data" / "codes.json"


def text_of(service: str) -> str:
    return json.dumps(codes(service), indent=2) + "\n"


if __name__ == "__main__":
    for each in SERVICES:
        file_of(each).write_text(text_of(each), "utf-8")
