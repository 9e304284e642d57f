"""The last checkpoint that was published, in a file outside of the database: a database that is restored forgets it."""

import os
from pathlib import Path

from shared.proof.checkpoints import TreeHead, read_head
from shared.proof.notes import BadNote, read_note
from sla_monitor.proof import trouble


class Memory:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark: tuple[int, int] | None = None
        self._head: TreeHead | None = None

    def read(self) -> TreeHead | None:
        """Raises LogRefused."""
        try:
            found = self.path.stat()
            if (mark := (found.st_mtime_ns, found.st_ino)) != self._mark:
                self._head = read_head(read_note(self.path.read_text()).text)
                self._mark = mark
        except FileNotFoundError:
            return None
        except (OSError, ValueError, BadNote):
            raise trouble.unreadable(self.path) from None
        return self._head

    def write(self, note: str) -> None:
        """Whole, and on the disk when it returns. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with beside.open("w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
