"""The tests of what was changed since main: `make check` runs them. `make test` and CI run all.

    python -m tests.touched

A changed test is run. Of the mirror of a changed module those tests are run that import it or its neighbours or are
named after it or its room, or all of them where none is.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("intake_api", "routing_service", "sla_monitor", "shared", "services", "migrations")


def changed() -> set[str]:
    """Since this branch left main; on main itself, since the commit before the last."""
    base = _git("merge-base", "HEAD", "main") or _git("merge-base", "HEAD", "origin/main")
    if base in ([], _git("rev-parse", "HEAD")):
        base = _git("rev-parse", "HEAD~1")
    return {*_git("diff", "--name-only", *base), *_git("ls-files", "--others", "--exclude-standard")}


def _git(*arguments: str) -> list[str]:
    """No lines where git has nothing to say, or is not there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def mirrors_of(paths: Iterable[str], root: Path) -> list[str]:
    found: set[Path] = set()
    for path in map(PurePosixPath, paths):
        if path.parts[0] == "tests":
            found |= _of_test(root, root / path)
        elif path.parts[0] == "docs" or path.suffix == ".md":
            found |= _in(root / "tests" / "documents")
        elif path.parts[0] in PACKAGES:
            found |= _of_module(root, path)
    return sorted(str(test.relative_to(root)) for test in found)


def _of_test(root: Path, path: Path) -> set[Path]:
    """A helper of all tests, such as tests/factories.py, is tried by CI."""
    if path.name.startswith("test_"):
        return {path} if path.exists() else set()
    return set() if path.parent == root / "tests" else _in(path.parent)


def _of_module(root: Path, path: PurePosixPath) -> set[Path]:
    mirror = root / "tests" / path.parent
    while not mirror.exists():
        mirror = mirror.parent
    if mirror == root / "tests":
        return set()
    importing, named = _importing(path), _named(path)
    mirrored = _in(mirror)
    return {test for test in mirrored if named.fullmatch(test.stem) or importing.search(test.read_text())} or mirrored


def _importing(path: PurePosixPath) -> re.Pattern[str]:
    """It or its neighbours; at the top of a package it alone, since its neighbours are the whole package."""
    room = re.escape(".".join(path.parent.parts))
    if len(path.parent.parts) > 1:
        return re.compile(rf"^\s*(from|import) {room}\b", re.MULTILINE)
    name = re.escape(path.stem)
    return re.compile(rf"^\s*((from|import) {room}\.{name}\b|from {room} import (.*\b)?{name}\b)", re.MULTILINE)


def _named(path: PurePosixPath) -> re.Pattern[str]:
    """Most tests speak HTTP, and import nothing of what answers them."""
    names = [path.stem, path.parent.name] if len(path.parent.parts) > 1 else [path.stem]
    return re.compile(rf"test_({'|'.join(map(re.escape, names))})(_.*)?")


def _in(folder: Path) -> set[Path]:
    return set(folder.rglob("test_*.py"))


if __name__ == "__main__":
    sys.stdout.write(" ".join(mirrors_of(changed(), PROJECT)))
