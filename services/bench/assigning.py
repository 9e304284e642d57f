"""(h) How soon a report is assigned by itself, at a fixed rate with the whole stack running."""

import asyncio
from uuid import UUID

import asyncpg
from rich.progress import Progress

from services.bench import knowing, load, servers
from services.bench.generator import Job, Result
from services.bench.measurements import Finding, Measurement, percentile
from services.local.stack import Stack
from services.trouble import CannotRun

RATE = 50.0
CONNECTIONS = 16
DIFFERENT_REPORTS = 1_000
PATIENCE_SECONDS = 120.0
_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}

# PostgreSQL remembers when each row was committed (steady.SETTINGS): nothing asks while it is measured.
_COMMITTED = """
SELECT report_id, extract(epoch FROM min(pg_xact_commit_timestamp(xmin)))::float8 AS at
FROM {} WHERE report_id = ANY($1) {} GROUP BY report_id
"""
_DECIDED = _COMMITTED.format("routing_decisions", "")
_ASSIGNED = _COMMITTED.format("events", "AND type = 'report.assigned'")
_CLOCKED = _COMMITTED.format("clocks", "")


async def measure(shop: servers.Workshop, *, seconds: float, progress: Progress) -> Measurement:
    bar = progress.add_task("(h) automatic assignment", total=4)
    url = await shop.clone("bench_assigning")
    await knowing.equip(url)
    progress.advance(bar)
    environment = {"LAPOR_AUTOMATIC_ASSIGNMENT": "true"}
    async with Stack(url, home=shop.home, environment=environment) as stack:
        progress.advance(bar)
        job = Job(
            port=stack.processes["intake_api", 0].port, seconds=seconds, connections=CONNECTIONS, rate=RATE,
            warm_up_seconds=5.0, token=servers.app_token(shop), keep_answers=True, invented=DIFFERENT_REPORTS,
        )  # fmt: skip
        result, answered = await load.submit(job)
        progress.advance(bar)
        assigned, clocked = await _delays(url, answered)
        progress.advance(bar)
    return _summary(result, assigned, clocked)


async def _delays(url: str, answered: dict[UUID, float]) -> tuple[list[float], list[float]]:
    """Milliseconds from the answer to the assignment, of those that were assigned; and to the clocks, of all."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    reports = list(answered)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _all(connection, _DECIDED, reports)
            clocked = await _all(connection, _CLOCKED, reports)
        assigned = await connection.fetch(_ASSIGNED, reports)
    except TimeoutError:
        raise CannotRun(f"Not all of {len(reports)} reports were decided on in {PATIENCE_SECONDS:g} s.") from None
    finally:
        await connection.close()
    if not assigned:
        raise CannotRun(f"None of {len(reports)} reports was assigned without a person.")
    first, second = ([(row["at"] - answered[row["report_id"]]) * 1000 for row in rows] for rows in (assigned, clocked))
    return first, second


async def _all(connection: asyncpg.Connection, statement: str, reports: list[UUID]) -> list[asyncpg.Record]:
    """Wait until there is a row for each report."""
    while True:
        rows: list[asyncpg.Record] = await connection.fetch(statement, reports)
        if len(rows) == len(reports):
            return rows
        await asyncio.sleep(1)


def _summary(result: Result, assigned: list[float], clocked: list[float]) -> Measurement:
    told = {
        name: {share: percentile(values, number) for share, number in _SHARES.items()}
        for name, values in (("assigned", assigned), ("clocks", clocked), ("submission", result.latencies_ms))
    }
    ratio = told["assigned"]["p50"] / told["clocks"]["p50"]
    findings = [
        Finding("from 201 to report.assigned", _line(told["assigned"])),
        Finding("from 201 to the clocks, which need no decision", _line(told["clocks"])),
        Finding("p50 to report.assigned / to the clocks", f"{ratio:.2f}"),
        Finding("assigned without a person", f"{len(assigned) / len(result.answers):.0%}"),
    ]
    figures = {
        "per_second": RATE,
        "submissions": len(result.answers),
        "assigned": len(assigned),
        "assigned_ms": told["assigned"] | {"max": max(assigned)},
        "clocks_ms": told["clocks"] | {"max": max(clocked)},
        "submission_ms": told["submission"],
        "ratio_to_clocks": ratio,
    }
    note = "from the instant of the answer to that of the commit; reports, model and boundaries are invented"
    return Measurement("h", f"{RATE:g} submissions a second, assigned automatically", findings, figures, note)


def _line(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.0f} ms" for name, value in figures.items())
