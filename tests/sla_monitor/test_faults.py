"""Monitors that are killed, suspended or left by their database in mid-sweep: every step is recorded exactly once."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from services import database
from services.local import postgres
from shared.database import Sessions, create_sessions
from sla_monitor.sweep import service
from tests.documented import RUN_FOLDER
from tests.effort import times
from tests.servers import initialise
from tests.sla_monitor.nursery import application, nursery
from tests.sla_monitor.stored import many_reports, rows
from tests.sla_monitor.test_sweep_together import each_step_once
from tests.waiting import until

pytestmark = pytest.mark.slow

MONITORS = 3
KILLS = times(20, 50)
#: Small, so that on a busy machine, where looking takes long, there is still work when somebody looks.
BATCH = 2
#: How long a monitor is suspended at least; never less than the database takes to end its transaction.
SUSPENDED_SECONDS = float(os.environ.get("LAPOR_TEST_SUSPENDED_SECONDS", "0"))


async def number(sessions: Sessions, statement: str, **parameters: object) -> int:
    async with sessions() as session:
        return int((await rows(session, statement, **parameters))[0][0])


async def recorded(sessions: Sessions) -> int:
    return await number(sessions, "SELECT count(*) FROM escalations")


async def in_transaction(sessions: Sessions, pid: int) -> bool:
    """Whether the monitor has written something that it has not committed."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND backend_xid IS NOT NULL"
    return await number(sessions, statement, name=application(pid)) > 0


async def suspended_in_mid_sweep(sessions: Sessions, pid: int, withheld: "Withheld | None" = None) -> None:
    """Stop the monitor at a moment at which it has rows locked and its commit is still to come."""

    async def caught() -> bool:
        if withheld is not None:
            await withheld.keep_coming()
        if not await in_transaction(sessions, pid):
            return False  # it runs on: suspended every few milliseconds it gets nowhere on a busy machine
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.01)  # the database ends the statement that it is at
        if await in_transaction(sessions, pid):
            return True
        os.kill(pid, signal.SIGCONT)
        return False

    await until(caught)


async def each_batch_takes_its_time(sessions: Sessions) -> None:
    """So that whoever looks finds a monitor at work: on a fast machine all would be done between two looks."""
    async with sessions.begin() as session:
        for statement in _TAKE_TIME:
            await session.execute(text(statement))


_TAKE_TIME = (
    """
    CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$
    """,
    "CREATE TRIGGER take_time AFTER INSERT ON escalations FOR EACH STATEMENT EXECUTE FUNCTION take_time()",
)


class Withheld:
    """Clocks that become due bit by bit, so that there is work however seldom a busy machine lets somebody look."""

    FEW = 8

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def all(self) -> None:
        await self._execute("UPDATE clocks SET next_step_at = next_step_at + interval '90 days'")

    async def give(self, clocks: int) -> None:
        await self._execute(
            "UPDATE clocks SET next_step_at = next_step_at - interval '90 days' WHERE report_id IN"
            f" (SELECT report_id FROM clocks WHERE next_step_at > now() LIMIT {clocks})"
        )

    async def keep_coming(self) -> None:
        if await due(self._sessions) < self.FEW:
            left = await number(self._sessions, "SELECT count(*) FROM clocks WHERE next_step_at > now()")
            assert left > 0, "there is something to do at every kill"
            await self.give(self.FEW)

    async def _execute(self, statement: str) -> None:
        async with self._sessions.begin() as session:
            await session.execute(text(statement))


async def more_than(sessions: Sessions, steps: int) -> None:
    async def there_are() -> bool:
        return await recorded(sessions) > steps

    await until(there_are)


async def test_of_three_monitors_one_is_killed_in_mid_sweep_again_and_again_and_each_step_is_recorded_once(
    sessions: Sessions, own_database_url: str
) -> None:
    reports = 60 * KILLS
    async with sessions.begin() as session:
        await many_reports(session, reports)
    await each_batch_takes_its_time(sessions)
    withheld = Withheld(sessions)
    await withheld.all()

    async def at_work(pid: int) -> bool:
        await withheld.keep_coming()
        return await in_transaction(sessions, pid)

    with nursery(own_database_url, batch=BATCH, monitors=MONITORS) as monitors:
        for kill in range(KILLS):
            eldest = monitors.pids[0]
            if kill % 2:
                await suspended_in_mid_sweep(sessions, eldest, withheld)
            else:
                await until(lambda pid=eldest: at_work(pid))  # type: ignore[misc]
            monitors.kill(eldest)
            monitors.start()
    await withheld.give(reports)
    await service.sweep(sessions, batch=500)

    await each_step_once(sessions, reports)


async def due(sessions: Sessions) -> int:
    return await number(sessions, "SELECT count(*) FROM clocks WHERE next_step_at <= now()")


async def all_swept(sessions: Sessions) -> None:
    async def nothing_is_due() -> bool:
        return await due(sessions) == 0

    await until(nothing_is_due)


async def put_off(sessions: Sessions, report_id: UUID, days: int) -> None:
    async with sessions.begin() as session:
        statement = text(
            "UPDATE clocks SET next_step_at = next_step_at + make_interval(days => :days) WHERE report_id = :id"
        )
        await session.execute(statement, {"days": days, "id": report_id})


async def test_a_suspended_monitor_holds_up_nobody_loses_its_locks_and_does_nothing_twice(
    sessions: Sessions, own_database_url: str
) -> None:
    """Longer than IDLE_SECONDS is as good as a day: by then the database has ended its transaction.

    `make faults` has it sleep for a minute.
    """
    reports = 100
    async with sessions.begin() as session:
        await many_reports(session, reports)
        later = (await rows(session, "SELECT id FROM reports LIMIT 1"))[0].id
    await put_off(sessions, later, 90)
    await each_batch_takes_its_time(sessions)

    with nursery(own_database_url, batch=BATCH, monitors=1) as monitors:
        suspended = monitors.pids[0]
        await suspended_in_mid_sweep(sessions, suspended)
        asleep_until = time.monotonic() + SUSPENDED_SECONDS
        await asyncio.gather(*(service.sweep(sessions, batch=500) for _ in range(2)))
        left = await due(sessions)
        assert left <= BATCH, "none but what it has locked"
        assert left > 0 or not await in_transaction(sessions, suspended), "what it has locked is nobody else's"
        for _ in range(MONITORS - 1):
            monitors.start()
        await all_swept(sessions)  # by these, who can as soon as the database has ended its transaction
        for pid in monitors.pids[1:]:
            monitors.kill(pid)
        await asyncio.sleep(asleep_until - time.monotonic())
        os.kill(suspended, signal.SIGCONT)
        await put_off(sessions, later, -90)
        await all_swept(sessions)  # by the one that slept, over a new connection

    await each_step_once(sessions, reports)


@pytest.fixture
def home() -> Iterator[Path]:
    """For a server of this test's own; open to the account that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(dir=os.environ[RUN_FOLDER]) as name:
        home = Path(name)
        home.chmod(0o755)
        initialise(home)
        yield home
        if server := postgres.running(home):
            server.stop()


async def test_a_database_that_is_restarted_or_crashes_in_mid_sweep_has_each_step_once(home: Path) -> None:
    reports = times(120, 800)
    url = postgres.start(home, fast=True).url("postgres")
    await database.migrate(url)
    watching = create_sessions(database.engine_for(url))
    async with watching.begin() as session:
        await many_reports(session, reports)
    await each_batch_takes_its_time(watching)

    with nursery(url, batch=BATCH, monitors=MONITORS):
        for kind in (signal.SIGINT, signal.SIGQUIT):  # "fast", and "immediate", which replays the log
            await more_than(watching, await recorded(watching))
            await asyncio.to_thread(restart, home, kind)
            assert await due(watching) > 0, "it was in mid-sweep"
        await all_swept(watching)

    await each_step_once(watching, reports)


def restart(home: Path, kind: signal.Signals) -> None:
    server = postgres.running(home)
    assert server is not None
    server.process.send_signal(kind)
    server.process.wait(30)
    assert postgres.start(home, fast=True).port == server.port
