"""(b) and (c) A sweep of many due steps, against SQL that writes the same rows without locks and hashes."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.bench import rows
from services.bench.measurements import Finding, Measurement, at_most, median, ratios
from services.trouble import CannotRun
from shared.database import create_engine, create_sessions
from shared.settings import MonitorSettings
from sla_monitor.sweep.service import sweep

REPETITIONS = 8
IDLE_SWEEPS = 30
MOST_RATIO = 1.3
MOST_GROWTH = 1.2
MOST_IDLE_MS = 10.0

# The same rows in one statement and one transaction: nothing is locked before it is written, no hash is computed, no
# step is checked for being recorded already, and one report may have any number of steps.
_PLAIN = text(
    r"""
    WITH due AS MATERIALIZED (
        SELECT c.*, h.seq + 1 AS seq, h.hash AS head, uuidv7() AS id, c.step_code[c.next_step] AS code,
               c.step_at[c.next_step] AS at, c.step_kind[c.next_step] AS kind, c.step_level[c.next_step] AS up,
               c.step_recipients[c.next_step] AS recipients
        FROM clocks c JOIN chains h ON h.report_id = c.report_id
        WHERE c.next_step_at <= :now
    ), recorded AS (
        INSERT INTO escalations (id, report_id, stage, opened_seq, step_code, kind, level, agency_code, step_at,
                                 recorded_at, recipients, late_entry, notify)
        SELECT id, report_id, stage, opened_seq, code, kind, up, agency_code, at, :now, recipients, false, true FROM due
    ), appended AS (
        INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
        SELECT id, report_id, seq, 'clock.breached', at, :now, 'service:sla_monitor',
               ('{"agency"\:null,"due_at":"' || due_at || '","late_entry"\:false,"level":' || up
                || ',"notify"\:true,"opened_seq":' || opened_seq || ',"recipients":["' || recipients || '"],"round":'
                || round || ',"stage":"' || stage || '","step":' || code || '}')::json,
               head, sha256('constant') FROM due
    ), addressed AS (
        INSERT INTO outbox (event_id, follower) SELECT id, 'routing_service' FROM due
    ), headed AS (
        UPDATE chains SET seq = due.seq, hash = sha256('constant') FROM due WHERE chains.report_id = due.report_id
    )
    UPDATE clocks SET
        next_step = CASE WHEN due.step_at[due.next_step + 1] IS NOT NULL THEN due.next_step + 1 END,
        next_step_at = due.step_at[due.next_step + 1],
        breached_at = coalesce(clocks.breached_at, CASE WHEN due.kind IN ('breach', 'escalation') THEN due.at END),
        level = greatest(clocks.level, due.up)
    FROM due
    WHERE clocks.report_id = due.report_id AND clocks.stage = due.stage AND clocks.opened_seq = due.opened_seq
    """
)


@dataclass(slots=True)
class Times:
    """In seconds; side by side, one of each per day."""

    population: rows.Population
    sweeps: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(ratios(self.sweeps, self.plain))

    def figures(self) -> dict[str, Any]:
        return {
            "open": self.population.rows,
            "due": self.population.due,
            "ratio": self.ratio,
            "ratios": ratios(self.sweeps, self.plain),
            "sweep_seconds": self.sweeps,
            "plain_seconds": self.plain,
            "steps_per_second": self.population.due / median(self.sweeps),
            "nothing_due_ms": [each * 1000 for each in self.idle],
        }


class Sweeper:
    """Sweeps one population, a day's due steps at a time, in turn with the plain statement."""

    def __init__(self, engine: AsyncEngine, population: rows.Population, *, batch: int) -> None:
        self._engine = engine
        self._sessions = create_sessions(engine)
        self._batch = batch
        self._day = rows.FIRST_FULL_DAY
        self.times = Times(population)

    async def warm_up(self) -> None:
        """Both once, uncounted: statements get prepared, pages get read."""
        await self._sweep(self._next_day())
        await self._plain(self._next_day())

    async def repeat(self, *, sweep_first: bool) -> None:
        for sweeps in (sweep_first, not sweep_first):
            now = self._next_day()
            await rows.settle(self._engine)
            if sweeps:
                self.times.sweeps.append(await self._sweep(now))
            else:
                self.times.plain.append(await self._plain(now))

    async def sweep_nothing(self) -> None:
        """What the monitor does every few seconds of most days."""
        now = self.times.population.after_midnight(self._day - 1)
        for _ in range(IDLE_SWEEPS):
            began = time.perf_counter()
            steps = await sweep(self._sessions, batch=self._batch, now=now)
            self.times.idle.append(time.perf_counter() - began)
            if steps:
                raise CannotRun(f"Nothing was due, and the sweep recorded {dict(steps)}.")

    def _next_day(self) -> datetime:
        self._day += 1
        return self.times.population.after_midnight(self._day - 1)

    async def _sweep(self, now: datetime) -> float:
        began = time.perf_counter()
        steps = await sweep(self._sessions, batch=self._batch, now=now)
        seconds = time.perf_counter() - began
        self._require_all("The sweep", sum(steps.values()))
        return seconds

    async def _plain(self, now: datetime) -> float:
        began = time.perf_counter()
        async with self._engine.begin() as connection:
            result = await connection.execute(_PLAIN, {"now": now})
        seconds = time.perf_counter() - began
        self._require_all("The plain statement", result.rowcount)
        return seconds

    def _require_all(self, who: str, steps: int) -> None:
        if steps != self.times.population.due:
            raise CannotRun(f"{who} wrote {steps} steps, and {self.times.population.due} were due.")


@contextlib.asynccontextmanager
async def sweeper(url: str, population: rows.Population) -> AsyncIterator[Sweeper]:
    settings = MonitorSettings(database_url=url)
    engine = create_engine(settings, "bench")
    try:
        yield Sweeper(engine, population, batch=settings.sweep_batch)
    finally:
        await engine.dispose()


async def measure(urls: dict[rows.Population, str], *, progress: Progress) -> list[Measurement]:
    """The populations in turn, the larger first."""
    bar = progress.add_task("(b) (c) sweeps", total=REPETITIONS + 2)
    async with contextlib.AsyncExitStack() as stack:
        sweepers = [
            await stack.enter_async_context(sweeper(url, population))
            for population, url in sorted(urls.items(), key=lambda item: -item[0].rows)
        ]
        for each in sweepers:
            await each.warm_up()
        progress.advance(bar)
        for repetition in range(REPETITIONS):
            for each in sweepers:
                await each.repeat(sweep_first=repetition % 2 == 0)
            progress.advance(bar)
        for each in sweepers:
            await each.sweep_nothing()
        progress.advance(bar)
    return _summary(*(each.times for each in sweepers))


def _summary(large: Times, small: Times) -> list[Measurement]:
    due = large.population.due
    note = (
        f"medians of {len(large.sweeps)} pairs, each over another day's due steps, in changing order, in batches with "
        f"a commit each; the plain rows are written by one statement in one transaction"
    )
    b = Measurement(
        "b",
        f"a sweep of {due:,} due among {large.population.rows:,} open",
        [
            at_most("time, of the same rows written without locks and hashes", large.ratio, MOST_RATIO),
            *_absolute(large),
        ],
        large.figures(),
        note,
    )
    growth = large.ratio / small.ratio
    c = Measurement(
        "c",
        f"a sweep of {due:,} due among {small.population.rows:,} open",
        [
            Finding("time, of the same rows written without locks and hashes", f"{small.ratio:.2f}"),
            at_most("ratio (b) / ratio (c)", growth, MOST_GROWTH),
            *_absolute(small),
        ],
        small.figures() | {"growth": growth},
    )
    return [b, c]


def _absolute(times: Times) -> list[Finding]:
    seconds = median(times.sweeps)
    return [
        Finding("a sweep", f"{seconds:.2f} s, {times.population.due / seconds:,.0f} steps/s"),
        Finding("the plain rows", f"{median(times.plain):.2f} s"),
        at_most("ms of a sweep with nothing due", median(times.idle) * 1000, MOST_IDLE_MS),
    ]
