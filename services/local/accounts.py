"""PostgreSQL refuses to run as root: as whom it runs instead, and what that account can reach.

Nobody's permissions are widened for it: what the account cannot reach (a project below /root, say) is
placed elsewhere.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.trouble import CannotRun

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An account that exists already; None of its fields is used when we are not root."""

    uid: int
    gid: int
    switch: bool  #: we are root and become this account for each command

    def popen_arguments(self) -> dict[str, object]:
        """The working folder is one that everybody can enter: ours might be closed to the account."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        arguments: dict[str, object] = {"cwd": "/", "env": environment, "stdin": subprocess.DEVNULL}
        if self.switch:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return arguments

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, **self.popen_arguments())  # type: ignore[call-overload,no-any-return]

    def can_run(self, program: Path) -> bool:
        try:
            return self.run([program, "--version"]).returncode == 0
        except OSError:
            return False

    def can_write(self, folder: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", folder]).returncode == 0

    def own(self, path: Path) -> None:
        if self.switch:
            os.chown(path, self.uid, self.gid)


def server_account(data: Path | None = None) -> Account:
    """Ours; for root that of the data that exists already, else an unprivileged one."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    if data is not None and data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid, switch=True)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise CannotRun(
        "PostgreSQL refuses to run as root and this machine has neither an account `postgres` nor `nobody`: "
        "start lapor as an ordinary user, or name another PostgreSQL in LAPOR_DATABASE_URL."
    )
