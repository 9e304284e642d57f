"""Folders and files that nobody else on this machine reads."""

import os
from pathlib import Path
from typing import BinaryIO


def close(folder: Path, mode: int = 0o700) -> None:
    """Make it, and take from others what an earlier release or the umask gave them. A home folder stays as it is."""
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid() and folder != Path.home():
        folder.chmod(mode)


def close_around_database(folder: Path) -> None:
    """The same for a folder that has the database's below it. Root runs that as another account, which passes through
    and sees nothing on its way.
    """
    close(folder, 0o711 if os.geteuid() == 0 else 0o700)


def write(path: Path, text: str) -> None:
    """Readable by us alone, from the first byte on; replaced whole, so that nobody reads half of it."""
    if not path.parent.exists():
        close(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


def log(path: Path) -> BinaryIO:
    """A log to append to."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    if os.fstat(file.fileno()).st_uid == os.geteuid():
        os.fchmod(file.fileno(), 0o600)  # one of an earlier release was open to all
    return file
