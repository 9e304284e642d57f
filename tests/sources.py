"""The code of the house, parsed once a process of tests: that takes seconds, and many tests look through all of it."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))
