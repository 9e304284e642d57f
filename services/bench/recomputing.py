"""(f) The clocks of many reports computed anew after a change of the calendar.

    python -m services.bench.recomputing DATABASE_URL

The measured work is the monitor's own and runs alone in a process, so that the memory is that of the work.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import psutil
from rich.progress import Progress
from sqlalchemy import text

from services.bench import rows
from services.bench.measurements import Finding, Measurement, at_most
from services.trouble import CannotRun
from shared.clients import Client, Role
from shared.clock import utc_now
from shared.database import Sessions, create_engine, create_sessions
from shared.log.payloads.codes import ChangedRule
from shared.settings import MonitorSettings
from sla_monitor.calendar_versions import service as versions
from sla_monitor.calendar_versions.schemas import Activation, CalendarDraft
from sla_monitor.recomputations import service as recomputations
from sla_monitor.recomputations.selection import EVERYTHING
from sla_monitor.reference.service import References

#: What a new complaint has: verification, the statutory answer, and two of oversight.
CLOCKS_PER_REPORT = 4
#: Memory after all is done, over that after a tenth: more would mean that it grows with the number of reports.
MOST_GROWTH = 1.2
OPERATOR = Client("bench", Role.OPERATOR)


async def measure(url: str, population: rows.Population, *, progress: Progress) -> Measurement:
    """`population` has its reports and one made-up clock for each; the true ones are computed first, uncounted."""
    bar = progress.add_task("(f) recomputation", total=2 * population.rows)
    found: dict[str, Any] = {}
    async for line in _told_by_the_child(url):
        found = line
        progress.update(bar, completed=line["done"])
    if "clocks" not in found:
        raise CannotRun("The recomputation ended before it was done; the reason stands above.")
    return _summary(found)


async def _told_by_the_child(url: str) -> AsyncIterator[dict[str, Any]]:
    command = (sys.executable, "-m", "services.bench.recomputing", url)
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    try:
        async for line in child.stdout:
            yield json.loads(line)
    except BaseException:  # Ctrl-C, or nobody listens any more
        child.kill()  # never a child that has ended: that would take its exit code from the event loop
        raise
    finally:
        await child.wait()


def _summary(found: dict[str, Any]) -> Measurement:
    growth = found["peak_mib"] / found["early_mib"]
    findings = [
        Finding("clocks", f"{found['clocks'] / found['seconds']:,.0f} a second, in {found['seconds']:.1f} s"),
        Finding("clocks that moved, each with an event", f"{found['moved']:,}"),
        Finding("memory at its peak", f"{found['peak_mib']:.0f} MiB"),
        at_most("the same, of what it was after a tenth", growth, MOST_GROWTH),
    ]
    title = f"{found['clocks']:,} open clocks computed anew after a change of the calendar"
    note = "one process; Saturdays become working days, and every open clock is computed anew"
    return Measurement("f", title, findings, found | {"memory_growth": growth}, note)


# --- the process that is measured -----------------------------------------------------------------------------------


async def recompute(sessions: Sessions, *, before: int) -> dict[str, Any]:
    """Do all that was requested, batch by batch as the monitor does; `before`: reports that were done earlier."""
    references, process = References(), psutil.Process()
    began, mib, last = time.perf_counter(), [], None
    while (done := await recomputations.work(sessions, references)) is not None:
        mib.append(process.memory_info().rss / 2**20)
        last = done
        tell({"done": before + (done.done or 0)})
    if last is None or last.refused:
        raise CannotRun(f"Nothing was computed, or not everything: {last}.")
    seconds = time.perf_counter() - began
    return {
        "reports": last.done, "moved": last.moved, "seconds": seconds,
        "early_mib": mib[len(mib) // 10], "peak_mib": max(mib),
    }  # fmt: skip


async def change_the_calendar(sessions: Sessions) -> None:
    """As an operator does it by the API. Every clock of working days that runs over a Saturday moves."""
    async with sessions.begin() as session:
        active = (await References().current(session)).calendar_id
        drafted = await versions.draft(session, CalendarDraft(name="Six days a week", weekend=[7]), OPERATOR)
        await versions.activate_calendar(session, drafted.id, Activation(replaces=active), OPERATOR, now=utc_now())


async def request(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await recomputations.request(
            session, kind=ChangedRule.CALENDAR, reference="", selection=EVERYTHING, requested_by=OPERATOR.actor
        )


async def main(url: str) -> None:
    settings = MonitorSettings(database_url=url, pool_size=1)
    engine = create_engine(settings, "bench")
    sessions = create_sessions(engine)
    try:
        await request(sessions)
        first = await recompute(sessions, before=0)
        await rows.settle(engine)
        await change_the_calendar(sessions)
        found = await recompute(sessions, before=first["reports"])
        async with sessions() as session:
            clocks = await session.scalar(text("SELECT count(*) FROM clocks WHERE state IN ('running', 'paused')"))
        tell(found | {"done": 2 * found["reports"], "clocks": clocks, "first": first})
    finally:
        await engine.dispose()


def tell(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # years without their cuti bersama are no news here
    asyncio.run(main(sys.argv[1]))
