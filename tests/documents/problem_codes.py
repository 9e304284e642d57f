"""The codes that an operation can be refused with, by what its function reaches: calls, dependencies, what these raise.

What is reached through a variable is followed where its annotation says whose it is, and not otherwise; neither is what
is chosen from a table of functions, nor what is called where problems are caught. So what is found here can be raised,
and some of what can be raised is not found: tests/documented.py sees the rest when it is answered.
"""

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from http.client import NOT_FOUND
from typing import Any

from services.openapi import apps
from shared.errors import DomainError
from shared.http.door.rules import described
from shared.http.openapi.problems import LISTED
from tests import sources
from tests.documents.integrating_page import PARTS
from tests.sentences import PACKAGES, ROOT, sentences

#: What an operation reaches and never raises, since it calls with values that rule it out.
NEVER = {
    ("intake_export_report", "bad_cursor"), ("routing_change_public_answer", "illegal_transition"),
    ("routing_change_public_text", "illegal_transition"),
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source:
    """Everything that a module names: functions, classes with their methods, and what stands in variables."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.nodes: dict[str, tuple[str, ast.AST]] = {}  #: with the module that each stands in
        self.names: dict[str, dict[str, str]] = defaultdict(dict)
        for package in PACKAGES:
            for path in sorted((ROOT / package).rglob("*.py")):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                self.modules.add(module)
                for node in sources.tree(path).body:
                    self._read(module, node)

    def _read(self, module: str, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            self.names[module] |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, Function | ast.ClassDef):
            self._add(module, node.name, node)
            for method in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(method, Function):
                    self.nodes[f"{module}.{node.name}.{method.name}"] = module, method
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
            return {f"{one}.{node.attr}" for one in known} & self.nodes.keys()
        return set()


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
    owner, types, named = full.rpartition(".")[0], defaultdict[str, set[str]](set), set[str]()
    if isinstance(node, Function):
        for argument in (*node.args.args, *node.args.kwonlyargs):
            named.add(argument.arg)
            for part in ast.walk(argument.annotation) if argument.annotation else ():
                if isinstance(part, ast.Name):
                    types[argument.arg].add(source().meant(module, part.id))
    inside = [node]
    if isinstance(node, ast.ClassDef):
        inside = [one for one in node.body if isinstance(one, Function) and one.name in ("__init__", "__call__")]
    refers, makes = set[str](), set[tuple[int, str]]()
    for part in (part for one in inside for part in _executed(one, module)):
        if isinstance(part, ast.Call):
            for error in filter(None, map(_known, source().of(module, owner, types, part.func))):
                makes |= {(int(error.status), code) for code in _codes(part, error)}
        if isinstance(part, ast.expr) and not (isinstance(part, ast.Name) and part.id in named):
            refers |= source().of(module, owner, types, part) & source().nodes.keys()
    return frozenset(refers), frozenset(makes)


def _executed(node: ast.AST, module: str) -> Iterator[ast.AST]:
    yield node
    below = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Dict) or (isinstance(node, ast.Try) and _catches(node, module)):
        below = [*node.handlers, *node.orelse, *node.finalbody] if isinstance(node, ast.Try) else []
    for one in below:
        yield from _executed(one, module)


def _catches(node: ast.Try, module: str) -> bool:
    named = [part.id for one in node.handlers if one.type for part in ast.walk(one.type) if isinstance(part, ast.Name)]
    return any(_known(source().meant(module, name)) for name in named)


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


def undeclared() -> Iterator[str]:
    """What each operation of the documents can raise and does not say."""
    for app in apps().values():
        document = app.openapi()
        for path, method, operation in described(app):
            if path.startswith("/open311/"):
                continue  # its errors are no problems: each has a status and a sentence
            if shown := document["paths"].get(path, {}).get(method.lower()):
                endpoint: Any = getattr(operation.route, "endpoint")  # noqa: B009
                for status, code in sorted(reached(f"{endpoint.__module__}.{endpoint.__name__}")):
                    if (shown["operationId"], code) in NEVER or (status == NOT_FOUND and "{" not in path):
                        continue  # what its body names is checked with the functions of those that read it
                    if code not in shown["responses"].get(str(status), {}).get(LISTED, ()):
                        yield f"{shown['operationId']}: {status} {code}"
