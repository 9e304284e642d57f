"""(e) Submissions at a fixed rate with the whole stack running, and how soon a report has its clocks."""

import asyncio
from uuid import UUID

import asyncpg
from rich.progress import Progress

from services.bench import load, servers
from services.bench.generator import Job, Result
from services.bench.measurements import Finding, Measurement, percentile
from services.local.stack import Stack
from services.trouble import CannotRun

RATE = 200.0
CONNECTIONS = 16
PATIENCE_SECONDS = 120.0
#: PostgreSQL remembers when each row was committed: nothing has to ask for the clocks while it is measured.
SETTINGS = {"track_commit_timestamp": "on"}

_CLOCKED = """
SELECT report_id, extract(epoch FROM min(pg_xact_commit_timestamp(xmin)))::float8 AS at
FROM clocks WHERE report_id = ANY($1) GROUP BY report_id
"""


async def measure(shop: servers.Workshop, *, seconds: float, progress: Progress) -> Measurement:
    url = await shop.clone("bench_steady")
    bar = progress.add_task("(e) the whole stack", total=3)
    async with Stack(url, home=shop.home) as stack:
        progress.advance(bar)
        job = Job(
            port=stack.processes["intake_api", 0].port, seconds=seconds, connections=CONNECTIONS, rate=RATE,
            warm_up_seconds=3.0, token=servers.app_token(shop), keep_answers=True,
        )  # fmt: skip
        result, answered = await load.submit(job)
        progress.advance(bar)
        clocked = await _wait_for_clocks(url, answered)
        progress.advance(bar)
    delays = [(clocked[report] - at) * 1000 for report, at in answered.items()]
    return _summary(result, delays)


async def _wait_for_clocks(url: str, answered: dict[UUID, float]) -> dict[UUID, float]:
    """When the clocks of each report were committed, in epoch seconds."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                rows = await connection.fetch(_CLOCKED, list(answered))
                if len(rows) == len(answered):
                    return {row["report_id"]: row["at"] for row in rows}
                await asyncio.sleep(1)
    except TimeoutError:
        missing = len(answered) - len(rows)
        raise CannotRun(f"{missing} of {len(answered)} reports had no clock after {PATIENCE_SECONDS:g} s.") from None
    finally:
        await connection.close()


def _summary(result: Result, delays: list[float]) -> Measurement:
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    latencies = {name: percentile(result.latencies_ms, share) for name, share in shares.items()}
    clocked = {name: percentile(delays, share) for name, share in shares.items()}
    findings = [
        Finding("a submission", ", ".join(f"{name} {value:.1f} ms" for name, value in latencies.items())),
        Finding("from 201 to the clocks", ", ".join(f"{name} {value:.0f} ms" for name, value in clocked.items())),
    ]
    figures = {
        "per_second": RATE,
        "submissions": len(result.latencies_ms),
        "submission_ms": latencies | {"max": max(result.latencies_ms)},
        "clocks_ms": clocked | {"max": max(delays)},
    }
    note = "latencies count from the instant at which a request was to be sent; clocks are there when committed"
    return Measurement("e", f"{RATE:g} submissions a second, all services running", findings, figures, note)
