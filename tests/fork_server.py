"""Loads all that the services and their commands need, once, and forks one of them for each request.

    python -m tests.fork_server LISTENING_FD

Whoever connects sends one line of JSON (see `Request`) with three file descriptors, which become standard input, output
and errors; they are told the pid, and later the exit code. What is forked is a process of its own in a session of its
own: it is killed and suspended like any other. When standard input ends, so does this, and kills what it has forked.
"""

import contextlib
import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

LOADED = (
    "services.cli", "services.cli.run", "services.cli.database", "services.cli.audit", "services.connections",
    "services.intake_api", "services.routing_service", "services.sla_monitor", "services.openapi", "tests.documented",
)  # fmt: skip
LONGEST = 65536
RUN_FOLDER = "LAPOR_TEST_RUN_FOLDER"
#: Whoever passes it on wants a `lapor up` whose services are forked here, too.
FORKS = "LAPOR_TEST_FORKS"


@dataclass(frozen=True, slots=True)
class Request:
    arguments: list[str]  #: of `lapor`
    environment: dict[str, str]
    folder: str


@dataclass
class Server:
    listener: socket.socket
    loaded: bool = False
    #: Who waits for the end of which process.
    waiting: dict[int, socket.socket] = field(default_factory=dict)

    def next_to_carry_out(self) -> Request | None:
        """Returns in each child what it is to do; in the server None, when nobody needs it any more."""
        deaths, told = os.pipe()
        os.set_blocking(told, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            for readable in (self.listener.fileno(), deaths, sys.stdin.fileno()):
                selector.register(readable, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if sys.stdin.fileno() in ready:
                    self.kill_all()
                    return None
                if deaths in ready:
                    os.read(deaths, LONGEST)
                    self.bury()
                if self.listener.fileno() in ready and (request := self.fork()) is not None:
                    return request

    def fork(self) -> Request | None:
        connection, _ = self.listener.accept()
        line, files = received(connection)
        self.load()
        if (pid := os.fork()) == 0:
            os.setsid()
            connection.sendall(f"{os.getpid()}\n".encode())  # not before it can be killed as a session
            for number, file in enumerate(files):
                os.dup2(file, number)
            return Request(**json.loads(line))
        for file in files:
            os.close(file)
        self.waiting[pid] = connection
        return None

    def load(self) -> None:
        """When the first asks for it: most runs of a few tests start no process."""
        if not self.loaded:
            gc.disable()
            for name in LOADED:
                import_module(name)
            described = import_module("tests.described")
            described.remember()
            described.describe(*import_module("services.openapi").apps().values())
            gc.freeze()
            self.loaded = True

    def bury(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = found
                with self.waiting.pop(pid) as connection, contextlib.suppress(OSError):
                    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())

    def kill_all(self) -> None:
        for pid in self.waiting:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def received(connection: socket.socket) -> tuple[bytes, list[int]]:
    line, files, _, _ = socket.recv_fds(connection, LONGEST, 3)
    while not line.endswith(b"\n"):
        line += connection.recv(LONGEST)
    return line, files


def become(request: Request) -> None:
    """What a new interpreter would have made of itself."""
    os.closerange(3, 1024)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.enable()
    random.seed()
    documented = import_module("tests.documented")
    documented.watch(documented.write_down(Path(os.environ[RUN_FOLDER]) / documented.ELSEWHERE))
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    sys.argv[1:] = request.arguments
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    if FORKS in request.environment:
        vars(import_module("services.local.up"))["Stack"] = import_module("tests.forks").ForkedStack
    import_module("services.cli").main()


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        request = Server(listener).next_to_carry_out()
    if request is not None:
        become(request)


if __name__ == "__main__":
    main()
