"""`.venv/bin/lapor`, as make puts it there: it runs the code beside its own .venv, wherever it is called from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services import database


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working copy whose command says which code runs, from where, with what."""
    made = tmp_path / "a working copy"
    bin = made / ".venv" / "bin"
    bin.mkdir(parents=True)
    shutil.copy(database.PROJECT / "services" / "lapor.sh", bin / "lapor")
    python = bin / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    _command(made, "import os, sys\nprint(__file__, os.getcwd(), sys.argv[1:], os.environ['LAPOR_CALLED'], sep='\\n')")
    return made


def _command(folder: Path, code: str) -> None:
    package = folder / "services" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(code)


def _said(command: Path | str, *arguments: str, where: Path, path: str = "") -> list[str]:
    environment = {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        [command, *arguments], cwd=where, env=environment, capture_output=True, text=True, timeout=30, check=True
    )
    return ran.stdout.splitlines()


def test_it_runs_the_code_beside_its_environment_from_any_folder(tree: Path, tmp_path: Path) -> None:
    said = _said(tree / ".venv/bin/lapor", "token", "--role", "a b", where=tmp_path)

    called = str(tree / ".venv/bin/lapor")
    assert said == [str(tree / "services/cli/__main__.py"), str(tmp_path), "['token', '--role', 'a b']", called]


def test_a_relative_call_works(tree: Path) -> None:
    assert _said(".venv/bin/lapor", where=tree)[0] == str(tree / "services/cli/__main__.py")


def test_it_may_be_linked_to_from_a_folder_of_path(tree: Path, tmp_path: Path) -> None:
    (links := tmp_path / "links").mkdir()
    (links / "lapor").symlink_to(Path("..") / tree.name / ".venv/bin/lapor")

    assert _said("lapor", where=tmp_path, path=str(links))[0] == str(tree / "services/cli/__main__.py")


def test_two_working_copies_that_share_an_environment_run_each_their_own_code(tree: Path, tmp_path: Path) -> None:
    _command(other := tmp_path / "other", "print(__file__)")
    (other / ".venv").symlink_to(tree / ".venv")

    assert _said(".venv/bin/lapor", where=other) == [str(other / "services/cli/__main__.py")]


def test_a_folder_called_services_where_the_user_stands_is_not_run(tree: Path, tmp_path: Path) -> None:
    _command(elsewhere := tmp_path / "elsewhere", "raise SystemExit('the wrong one')")

    assert _said(tree / ".venv/bin/lapor", where=elsewhere)[0] == str(tree / "services/cli/__main__.py")
