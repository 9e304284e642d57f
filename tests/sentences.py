"""Every sentence that a problem may have, found in the code: values are {0}, {1} ... as in the catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests import sources

_PLACE = re.compile(r"\{\d+\}")
ROOT = Path(__file__).parent.parent
PACKAGES = ("shared", "intake_api", "routing_service", "sla_monitor")
#: Modules whose ValueErrors become messages about fields.
_OF_FIELDS = ("schemas.py", "wire.py", "parameters.py")


def spoken() -> dict[str, str]:
    """Each sentence, and one place that says it."""
    trees = {path: sources.tree(path) for one in PACKAGES for path in sorted((ROOT / one).rglob("*.py"))}
    errors = _error_classes(trees)
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for node, sentence in _of_module(path, tree, errors):
            found.setdefault(sentence, f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def spoken_by_commands() -> dict[str, str]:
    """What `lapor` says: sentences that are printed, and those of what stops it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "services").rglob("*.py")):
        if "bench" in path.parts or "demo" in path.parts:  # they measure and show; they serve nobody
            continue
        for node in ast.walk(sources.tree(path)):
            for expression in _said(node):
                for sentence in sentences(expression):
                    if re.search(r"[A-Za-z]{3}", _PLACE.sub("", sentence)):
                        found.setdefault(sentence, f"{path.relative_to(ROOT)}:{expression.lineno}")
    return found


def _said(node: ast.AST) -> list[ast.expr]:
    """The sentences of a call; those of a table are its headings."""
    if not isinstance(node, ast.Call):
        return []
    match _name(node.func):
        case "CannotRun" | "print" | "status" | "in_words" | "say" | "progress":
            return node.args[:1]
        case "Table":
            return [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "title")]
    return []


def _error_classes(trees: dict[Path, ast.Module]) -> set[str]:
    """DomainError and whatever is derived from it, by name."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"DomainError"}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return known


def _of_module(path: Path, tree: ast.Module, errors: set[str]) -> Iterator[tuple[ast.expr, str]]:
    for scope in ast.walk(tree):
        if isinstance(scope, ast.ClassDef) and scope.name in errors:
            yield from _of_calls(scope, {"__init__"})
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _of_calls(scope, errors | ({"ValueError"} if path.name in _OF_FIELDS else set()))


def _of_calls(scope: ast.AST, names: set[str]) -> Iterator[tuple[ast.expr, str]]:
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in names:
            said = node.args[0]
            for expression in assigned.get(said.id, []) if isinstance(said, ast.Name) else [said]:
                yield from ((expression, sentence) for sentence in sentences(expression))


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def sentences(expression: ast.expr) -> Iterator[str]:
    if isinstance(expression, ast.IfExp):
        yield from sentences(expression.body)
        yield from sentences(expression.orelse)
    elif isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value
    elif isinstance(expression, ast.JoinedStr):
        parts, number = [], 0
        for part in expression.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
            else:
                parts.append(f"{{{number}}}")
                number += 1
        yield "".join(parts)


def raised() -> Iterator[tuple[str, str | None, str]]:
    """Each sentence with the class that is raised, and its code: null where it is the class's own."""
    trees = {path: sources.tree(path) for one in PACKAGES for path in sorted((ROOT / one).rglob("*.py"))}
    errors = _error_classes(trees)
    for tree in trees.values():
        for scope in ast.walk(tree):
            if isinstance(scope, ast.ClassDef) and scope.name in errors:
                yield from ((scope.name, None, sentence) for _, sentence in _of_calls(scope, {"__init__"}))
            elif isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _coded(scope, errors)


def _coded(scope: ast.AST, errors: set[str]) -> Iterator[tuple[str, str | None, str]]:
    calls = [
        node for node in ast.walk(scope) if isinstance(node, ast.Call) and _name(node.func) in errors | {"response"}
    ]
    before = 0
    for call in sorted(calls, key=lambda one: one.lineno):
        codes = [one for keyword in call.keywords if keyword.arg == "code" for one in sentences(keyword.value)]
        said = next((keyword.value for keyword in call.keywords if keyword.arg == "detail"), None)
        if call.args and _name(call.func) != "response":
            said = call.args[0]
        written = [] if said is None else _written(scope, said, before, call.lineno)
        for code in codes or (None,):
            yield from ((_name(call.func), code, sentence) for one in written for sentence in sentences(one))
        before = call.lineno


def _written(scope: ast.AST, said: ast.expr, before: int, until: int) -> list[ast.expr]:
    """What a variable was given since the error before."""
    if not isinstance(said, ast.Name):
        return [said]
    given = [node for node in ast.walk(scope) if isinstance(node, ast.Assign) and before <= node.lineno <= until]
    return [one.value for one in given if isinstance(one.targets[0], ast.Name) and one.targets[0].id == said.id]
