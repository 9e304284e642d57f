"""(d) Looking a report up among many, against among few."""

import contextlib

from rich.progress import Progress
from sqlalchemy import text

from services.bench import load, rows, servers
from services.bench.generator import Job, Result
from services.bench.measurements import Finding, Measurement, at_most, median, percentile, ratios
from services.database import engine_for
from services.trouble import CannotRun

CONNECTIONS = 4
ROUNDS = 6
NUMBERS = 5_000
MOST_GROWTH = 1.3


async def measure(
    urls: dict[rows.Population, str], shop: servers.Workshop, *, seconds: float, progress: Progress
) -> Measurement:
    """One intake_api for each population, with one worker; asked in turn, in changing order."""
    bar = progress.add_task("(d) look-ups", total=ROUNDS * len(urls))
    measured: dict[rows.Population, list[Result]] = {population: [] for population in urls}
    async with contextlib.AsyncExitStack() as stack:
        jobs = {}
        for population, url in urls.items():
            numbers = await _prepare(url, population)
            process = await stack.enter_async_context(servers.intake(shop, url, workers=1))
            jobs[population] = Job(port=process.port, seconds=seconds, connections=CONNECTIONS, numbers=numbers)
        for turn in range(ROUNDS):
            for population in list(jobs) if turn % 2 == 0 else reversed(jobs):
                result = await load.run(jobs[population])
                try:
                    result.require_only(200)
                except ValueError as error:
                    raise CannotRun(f"Look-ups among {population.rows:,}: {error}.") from None
                measured[population].append(result)
                progress.advance(bar)
    return _summary(measured)


async def _prepare(url: str, population: rows.Population) -> list[str]:
    """Nothing left to deliver, so that the relays have nothing to do; and what to ask for."""
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("TRUNCATE outbox"))
        return await rows.tracking_numbers(engine, population, count=NUMBERS)
    finally:
        await engine.dispose()


def _summary(measured: dict[rows.Population, list[Result]]) -> Measurement:
    many, few = sorted(measured, key=lambda population: -population.rows)
    p50 = {
        population: [percentile(result.latencies_ms, 0.50) for result in results]
        for population, results in measured.items()
    }
    growth = ratios(p50[many], p50[few])
    findings = [
        at_most(f"p50 among {many.rows:,} / among {few.rows:,}", median(growth), MOST_GROWTH),
        *(
            Finding(
                f"among {population.rows:,}",
                f"p50 {median(p50[population]):.1f} ms, {median([each.per_second for each in results]):,.0f}/s",
            )
            for population, results in measured.items()
        ),
    ]
    figures = {
        "p50_ratio": median(growth),
        "p50_ratios": growth,
        "p50_ms": {str(population.rows): p50[population] for population in measured},
        "p99_ms": {
            str(population.rows): [percentile(result.latencies_ms, 0.99) for result in results]
            for population, results in measured.items()
        },
    }
    note = f"GET /v1/reports/{{tracking_number}}, {CONNECTIONS} connections, medians of {len(growth)} rounds"
    return Measurement("d", "status look-ups", findings, figures, note)
