"""Monitors that do nothing but sweep, as processes of their own that can be killed, suspended and replaced.

    python -m tests.sla_monitor.nursery DATABASE_URL BATCH

Imports what a monitor needs once and forks one for each line on its standard input, whose pid it prints: a monitor that
was killed is replaced within milliseconds.
"""

import asyncio
import contextlib
import logging
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from shared.database import create_engine, create_sessions
from shared.metrics import Metrics
from shared.settings import MonitorSettings
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.reference.service import References
from tests import factories
from tests.waiting import PATIENCE_SECONDS

PAUSE_SECONDS = 0.02


def application(pid: int) -> str:
    """What the database knows a monitor by."""
    return f"lapor sweeping-{pid}"


async def sweep_for_ever(database_url: str, batch: int) -> None:
    """The sweep as the job does it: what fails is logged, and tried again."""
    settings: Any = factories.settings(database_url, MonitorSettings, sweep_batch=batch, pool_size=1)
    engine = create_engine(settings, f"sweeping-{os.getpid()}")
    metrics = MonitorMetrics(Metrics().registry)
    jobs = Jobs(create_sessions(engine), References(), metrics, settings, wake=lambda: None)
    while True:
        await jobs.tick(jobs.sweep, "sweep")
        await asyncio.sleep(PAUSE_SECONDS)


def main(database_url: str, batch: str) -> None:
    logging.disable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed leave no zombies
    for _ in sys.stdin:
        if (pid := os.fork()) == 0:
            random.seed()
            asyncio.run(sweep_for_ever(database_url, int(batch)))
        print(pid, flush=True)  # noqa: T201


@dataclass
class Nursery:
    """The test's end of it."""

    process: subprocess.Popen[str]
    pids: list[int] = field(default_factory=list)

    def start(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.pids.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.pids.remove(pid)


@contextmanager
def nursery(database_url: str, *, batch: int, monitors: int) -> Iterator[Nursery]:
    command = (sys.executable, "-m", "tests.sla_monitor.nursery", database_url, str(batch))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        found = Nursery(process)
        try:
            for _ in range(monitors):
                found.start()
            yield found
        finally:
            alive = []
            for pid in found.pids:
                with contextlib.suppress(psutil.NoSuchProcess):
                    alive.append(psutil.Process(pid))
                    alive[-1].kill()
            psutil.wait_procs(alive, timeout=PATIENCE_SECONDS)
            process.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
