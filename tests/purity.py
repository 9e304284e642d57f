"""A contract for import-linter without a list to keep: it holds every module that calls itself pure."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importlinter.contracts.forbidden import ForbiddenContract

#: "Pure ASGI" is another matter: a kind of middleware.
_CLAIM = re.compile(r"\b[Pp]ure\b(?! ASGI)")


def pure_modules(package: Path) -> Iterator[str]:
    """The modules below a folder whose docstring says "Pure"; where a package says so, all of it is meant."""
    for path in sorted(package.rglob("*.py")):
        source = path.read_text()
        if _CLAIM.search(source) and _CLAIM.search(ast.get_docstring(ast.parse(source)) or ""):
            parts = path.relative_to(package.parent).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class Purity(ForbiddenContract):
    """They import none of `forbidden_modules`, whatever stands between."""

    type_name = "purity"

    def __init__(self, name: str, session_options: dict[str, Any], contract_options: dict[str, Any]) -> None:
        packages = [Path(package) for package in session_options["root_packages"]]
        pure = [module for package in packages for module in pure_modules(package)]
        super().__init__(name, session_options, {**contract_options, "source_modules": pure})
