"""The code of the house, parsed once a process of tests: that takes seconds, and many tests look through all of it."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    """Kept out of the sight of the collector, which walks through a million nodes for nothing while they are made."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        gc.enable()
