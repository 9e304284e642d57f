"""A scheduler that cannot keep its times: one late run at once, never two together, and nothing is lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from shared.database import Sessions
from shared.metrics import Metrics
from shared.settings import MonitorSettings
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from tests.factories import settings
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.stored import many_reports
from tests.sla_monitor.test_sweep_together import each_step_once
from tests.waiting import patiently

INTERVAL = 0.05


@dataclass
class Watched:
    """Says of a job when it ran and how often at once; `before` delays it."""

    job: Callable[[], Awaitable[None]]
    before: Callable[[int], Awaitable[None]] | None = None
    began: list[float] = field(default_factory=list)
    running: int = 0
    most: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        self.began.append(time.monotonic())
        self.running += 1
        self.most = max(self.most, self.running)
        if self.before is not None:
            await self.before(len(self.began))
        await self.job()
        self.running -= 1
        self.ended.set()

    async def next_end(self) -> None:
        self.ended.clear()
        async with patiently():
            await self.ended.wait()


def watched(sessions: Sessions, before: Callable[[int], Awaitable[None]] | None = None) -> tuple[Jobs, Watched]:
    given = settings("unused", MonitorSettings, sweep_seconds=INTERVAL, mail_seconds=3600)
    jobs = Jobs(sessions, SeededReferences(), MonitorMetrics(Metrics().registry), given, wake=lambda: None)
    watch = Watched(jobs.sweep, before)
    jobs.sweep = watch  # type: ignore[method-assign]
    return jobs, watch


async def reports_are_due(sessions: Sessions, count: int) -> None:
    async with sessions.begin() as session:
        await many_reports(session, count)


async def test_sweeps_that_a_blocked_event_loop_missed_are_made_up_for_by_one(sessions: Sessions) -> None:
    """Twenty ticks pass while nothing runs, as in a process that is starved or suspended."""
    jobs, sweeps = watched(sessions)
    async with jobs.running():
        await sweeps.next_end()
        await reports_are_due(sessions, 5)
        ran = len(sweeps.began)
        time.sleep(20 * INTERVAL)
        awake = time.monotonic()
        await sweeps.next_end()
        await asyncio.sleep(4 * INTERVAL)
        since = len(sweeps.began) - ran
        turns = (time.monotonic() - awake) / INTERVAL

    assert 1 <= since <= turns + 2, "one for all that were missed, and those in their turn"
    await each_step_once(sessions, 5)


async def test_a_sweep_that_takes_longer_than_its_interval_is_never_joined_by_another(sessions: Sessions) -> None:
    async def dawdle(run: int) -> None:
        if run == 1:
            await asyncio.sleep(6 * INTERVAL)

    await reports_are_due(sessions, 5)
    jobs, sweeps = watched(sessions, dawdle)
    async with jobs.running():
        await sweeps.next_end()
        await sweeps.next_end()

    assert sweeps.most == 1
    assert sweeps.began[1] - sweeps.began[0] >= 6 * INTERVAL
    await each_step_once(sessions, 5)


async def test_the_sweep_goes_on_after_a_run_that_failed_late(sessions: Sessions) -> None:
    """What was due at the missed and at the failed run is due at the next."""

    async def fail(run: int) -> None:
        if run == 1:
            time.sleep(4 * INTERVAL)
            raise ConnectionError("the database went away")

    await reports_are_due(sessions, 5)
    jobs, sweeps = watched(sessions, fail)
    async with jobs.running():
        await sweeps.next_end()

    assert len(sweeps.began) >= 2
    await each_step_once(sessions, 5)
