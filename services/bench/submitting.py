"""(a) Submissions a second, against bare endpoints that store the same three rows."""

import contextlib
from typing import Any

from rich.progress import Progress

from services.bench import baseline, load, servers
from services.bench.generator import Job, Result
from services.bench.measurements import Finding, Measurement, at_least, median, percentile, ratios
from services.database import engine_for
from services.trouble import CannotRun

WORKERS = 2
CONNECTIONS = 16
ROUNDS = 8
ENOUGH = 0.70
NUMBERS_PER_ROUND = 1_000_000

OURS, KEYED, THREE, ONE = "lapor", "lapor, with Idempotency-Key", "bare, three inserts", "bare, one statement"


async def measure(shop: servers.Workshop, *, seconds: float, progress: Progress) -> Measurement:
    """Both run side by side and are asked in turn, in changing order; what is not asked is idle."""
    url = await shop.clone("bench_submitting")
    await create_tables(url)
    measured: dict[str, list[Result]] = {name: [] for name in (OURS, THREE, ONE, KEYED)}
    bar = progress.add_task("(a) submissions", total=ROUNDS * len(measured))
    async with contextlib.AsyncExitStack() as stack:
        intake = await stack.enter_async_context(servers.intake(shop, url, workers=WORKERS))
        bare = await stack.enter_async_context(servers.bare(shop, url, workers=WORKERS))
        assert intake.pid is not None
        assert bare.pid is not None
        common: dict[str, Any] = {"seconds": seconds, "connections": CONNECTIONS, "token": servers.app_token(shop)}
        jobs: dict[str, dict[str, Any]] = {
            OURS: {"port": intake.port, "server_pid": intake.pid},
            THREE: {"port": bare.port, "server_pid": bare.pid, "path": "/three"},
            ONE: {"port": bare.port, "server_pid": bare.pid, "path": "/one"},
            KEYED: {"port": intake.port, "server_pid": intake.pid, "keyed": True},
        }
        for turn in range(ROUNDS):
            for name in list(jobs) if turn % 2 == 0 else reversed(jobs):
                first = NUMBERS_PER_ROUND * (turn * len(jobs) + list(jobs).index(name))
                result = await load.run(Job(**jobs[name], **common, first_number=first))
                _require_created(name, result)
                measured[name].append(result)
                progress.advance(bar)
    return _summary(measured)


async def create_tables(url: str) -> None:
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            asyncpg_connection = (await connection.get_raw_connection()).driver_connection
            assert asyncpg_connection is not None
            await asyncpg_connection.execute(baseline.TABLES)
    finally:
        await engine.dispose()


def _require_created(name: str, result: Result) -> None:
    try:
        result.require_only(201)
    except ValueError as error:
        raise CannotRun(f"Submissions to {name}: {error}.") from None


def _summary(measured: dict[str, list[Result]]) -> Measurement:
    speeds = {name: [result.per_second for result in results] for name, results in measured.items()}
    to_three = ratios(speeds[OURS], speeds[THREE])
    to_one = ratios(speeds[OURS], speeds[ONE])
    findings = [
        at_least("throughput, of the bare endpoint with three inserts", median(to_three), ENOUGH),
        Finding("throughput, of the bare endpoint with one statement", f"{median(to_one):.2f}"),
        *(Finding(f"{name}: submissions/s", f"{median(each):,.0f}") for name, each in speeds.items()),
    ]
    figures = {
        "ratio_to_three_inserts": median(to_three),
        "ratio_to_one_statement": median(to_one),
        "ratios_to_three_inserts": to_three,
        "ratios_to_one_statement": to_one,
        "servers": {
            name: {
                "per_second": median(speeds[name]),
                "per_second_by_round": speeds[name],
                "p50_ms": median([percentile(each.latencies_ms, 0.50) for each in results]),
                "p99_ms": median([percentile(each.latencies_ms, 0.99) for each in results]),
                "connections_of_workers": [each.workers for each in results],
            }
            for name, results in measured.items()
        },
    }
    note = (
        f"{WORKERS} workers, {CONNECTIONS} connections spread evenly over them, {len(to_three)} rounds in changing "
        f"order; ratios are medians over the rounds. intake_api runs alone: its relays find nobody and back off"
    )
    return Measurement("a", "submissions", findings, figures, note)
