"""What `lapor` keeps in LAPOR_HOME: keys, tokens, logs, and where a running stack is.

postgres/         the embedded server: data, password (see services/local/postgres.py)
keys/             what the services sign, seal and hash with (see services/local/keys.py)
stack.json        addresses and processes of the running stack; gone when it has stopped
examples.json     what the examples of the API's pages are tried on, made with a fresh database
tokens/           one for each role, made anew by each `lapor up`
logins.json       passwords of the database's logins (see services/grants/)
people/           address, password and key of one-time codes of an example person of each role
clients/          id and secret of the example systems
logs/             one JSON object a line, a file for each process
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from services.grants.logins import Logins
from services.local import private
from services.local.keys import KeyFolder


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A process of ours, told from a later one that got the same pid by the time it began."""

    name: str
    pid: int
    began: float

    @classmethod
    def of(cls, name: str, pid: int) -> "RunningProcess":
        return cls(name, pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.began) < 1
        except psutil.Error:
            return None
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None


@dataclass(frozen=True, slots=True)
class RunningStack:
    """What `lapor demo`, `lapor token` and others need to know of a stack that runs."""

    supervisor: RunningProcess
    database_url: str
    intake_url: str
    routing_url: str
    sla_url: str
    services: list[RunningProcess] = field(default_factory=list)


class Home:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.tokens = self.path / "tokens"
        self.people = self.path / "people"
        self.clients = self.path / "clients"
        self.examples = self.path / "examples.json"
        self.keys = KeyFolder(self.path / "keys")
        self.logins = Logins(self.path / "logins.json", os.environ, private.write)
        self._stack = self.path / "stack.json"

    @classmethod
    def from_environment(cls) -> "Home":
        return cls(Path(os.environ.get("LAPOR_HOME") or ".lapor"))

    def read_stack(self) -> RunningStack | None:
        """What was noted last, whether or not it still runs."""
        try:
            noted = json.loads(self._stack.read_text())
        except FileNotFoundError:
            return None
        return RunningStack(
            **noted
            | {
                "supervisor": RunningProcess(**noted["supervisor"]),
                "services": [RunningProcess(**service) for service in noted["services"]],
            }
        )

    def running_stack(self) -> RunningStack | None:
        stack = self.read_stack()
        return stack if stack is not None and stack.supervisor.find() is not None else None

    def write_stack(self, stack: RunningStack) -> None:
        private.write(self._stack, json.dumps(asdict(stack), indent=2))

    def forget_stack(self) -> None:
        self._stack.unlink(missing_ok=True)

    def stop_leftovers(self) -> list[str]:
        """Stop the services of a stack that was killed; never a process that only has the pid of one."""
        stack = self.read_stack()
        if stack is None or stack.supervisor.find() is not None:
            return []
        left = [(service.name, process) for service in stack.services if (process := service.find())]
        for _, process in left:
            process.terminate()
        _, stubborn = psutil.wait_procs([process for _, process in left], timeout=15)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=5)
        self.forget_stack()
        return [name for name, _ in left]
