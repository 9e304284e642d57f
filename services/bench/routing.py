"""(g) Routing decisions a second of one routing_service: masked, located, ruled, predicted, decided and stored.

Its own inbox is given batches of reports that nobody has decided on, as a relay would. Beside it, in changing order:
the same process without boundaries and model, which reads neither place nor words; and the rows that are left in the
end, stored plainly.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from rich.progress import Progress
from sqlalchemy import Row, text

from services.bench import corpus, knowing, servers
from services.bench.measurements import Finding, Measurement, median, ratios
from services.database import engine_for
from services.local.processes import ServiceProcess
from services.trouble import CannotRun
from shared.log.delivery import cloud_event
from shared.log.inbox import BATCH_MEDIA_TYPE

BATCH = 100
POLL_SECONDS = 0.01
SUBMITTING = 16
ROUNDS = 5
LEAST_PER_ROUND = 2 * BATCH
#: About what a process decides in a second; how many reports a round has follows from it.
EXPECTED_PER_SECOND = 150

FULL, RULES, PLAIN = "all parts", "registry and rules alone", "its rows, stored plainly"

_RECEIVED = """
SELECT e.id AS event_id, e.report_id, e.seq, e.type, e.occurred_at FROM events e
WHERE e.type = 'report.received' ORDER BY e.report_id
"""
_COPY_TABLES = """
DROP TABLE IF EXISTS bench_decisions, bench_texts;
CREATE TABLE bench_decisions (LIKE routing_decisions INCLUDING ALL);
CREATE TABLE bench_texts (LIKE public_texts INCLUDING ALL);
"""
_STORE = (
    "INSERT INTO bench_decisions SELECT * FROM routing_decisions WHERE report_id = ANY($1)",
    "INSERT INTO bench_texts (report_id, title, body, masks, masking, masked_at, masked_by) "
    "SELECT report_id, title, body, masks, masking, masked_at, masked_by FROM public_texts WHERE report_id = ANY($1)",
)
_LEFT = """
SELECT count(*) AS decisions, avg((explanation -> 'suggestion' ->> 'clear')::bool::int)::float8 AS clear,
       (SELECT count(*) FROM public_texts) AS texts
FROM routing_decisions
"""


@dataclass(frozen=True, slots=True)
class Fed:
    """A routing_service, and what it is asked."""

    process: ServiceProcess
    url: str


async def measure(shop: servers.Workshop, *, seconds: float, progress: Progress) -> Measurement:
    each = max(LEAST_PER_ROUND, int(seconds / ROUNDS * EXPECTED_PER_SECOND) // BATCH * BATCH)
    bar = progress.add_task("(g) routing decisions", total=3 * ROUNDS + 2)
    await _reports(shop, BATCH + ROUNDS * each)
    full = await shop.clone("bench_routing", "bench_routing_rules")
    learned = await knowing.equip(full)
    progress.advance(bar)
    speeds: dict[str, list[float]] = {FULL: [], RULES: [], PLAIN: []}
    async with contextlib.AsyncExitStack() as stack:
        fed = {}
        for name, url in ((FULL, full), (RULES, shop.url("bench_routing_rules"))):
            fed[name] = Fed(await stack.enter_async_context(servers.routing(shop, url)), url)
        events = await _received(full)
        for each_fed in fed.values():
            await _feed(
                shop, each_fed.process, events[:BATCH], each_fed.url
            )  # reads the registry, the rules, the model
        progress.advance(bar)
        for turn in range(ROUNDS):
            some = events[BATCH + turn * each :][:each]
            for name in (FULL, RULES) if turn % 2 == 0 else (RULES, FULL):
                speeds[name].append(len(some) / await _feed(shop, fed[name].process, some, fed[name].url))
                progress.advance(bar)
            speeds[PLAIN].append(len(some) / await _stored_plainly(full, [row.report_id for row in some]))
            progress.advance(bar)
        clear = await _checked(full, len(events))
    return _summary(speeds, clear=clear, each=each, learned=learned)


async def _reports(shop: servers.Workshop, count: int) -> None:
    """As intake_api stores them, and nothing to deliver."""
    url = await shop.clone("bench_routing_rules")
    reports = [report.submission(str(number)) for number, report in enumerate(corpus.written(count, seed=2))]
    async with (
        servers.intake(shop, url, workers=1) as intake,
        httpx.AsyncClient(trust_env=False, timeout=30, headers=_bearer(servers.app_token(shop))) as http,
    ):

        async def submit(some: Sequence[dict[str, Any]]) -> None:
            for report in some:
                response = await http.post(f"{intake.url}/v1/reports", json=report)
                if response.status_code != 201:
                    raise CannotRun(f"A submission was answered {response.status_code}: {response.text[:200]}")

        await asyncio.gather(*(submit(reports[start::SUBMITTING]) for start in range(SUBMITTING)))
    async with _connected(url) as connection:
        await connection.execute("TRUNCATE outbox")


async def _received(url: str) -> Sequence[Row[Any]]:
    engine = engine_for(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(_RECEIVED))).all()
    finally:
        await engine.dispose()


async def _feed(shop: servers.Workshop, process: ServiceProcess, events: Sequence[Row[Any]], url: str) -> float:
    """Seconds until all of them were taken, decided on and masked."""
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    headers = _bearer(servers.service_token(shop)) | {"Content-Type": BATCH_MEDIA_TYPE}
    async with httpx.AsyncClient(trust_env=False, timeout=120, headers=headers) as http:
        started = time.perf_counter()
        for batch in batches:
            content = [cloud_event("intake_api", row).model_dump(mode="json") for row in batch]
            response = await http.post(f"{process.url}/internal/events", json=content)
            results = response.json()["results"] if response.is_success else []
            if not results or {one["outcome"] for one in results} != {"done"}:
                raise CannotRun(f"routing_service took no batch: {response.status_code} {response.text[:200]}")
    async with _connected(url) as connection:
        while await connection.fetchval("SELECT EXISTS (SELECT FROM chores)"):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
    return time.perf_counter() - started


async def _stored_plainly(url: str, reports: Sequence[UUID]) -> float:
    """The rows of these reports once more, copied by the database itself, with their indexes, a batch at a time."""
    async with _connected(url) as connection:
        await connection.execute(_COPY_TABLES)
        started = time.perf_counter()
        for start in range(0, len(reports), BATCH):
            async with connection.transaction():
                for statement in _STORE:
                    await connection.execute(statement, reports[start : start + BATCH])
        return time.perf_counter() - started


async def _checked(url: str, expected: int) -> float:
    """The share of reports that could have been assigned without a person. Raises CannotRun if anything is missing."""
    async with _connected(url) as connection:
        row = await connection.fetchrow(_LEFT)
    if (row["decisions"], row["texts"]) != (expected, expected):
        raise CannotRun(f"Of {expected} reports {row['decisions']} were decided on and {row['texts']} masked.")
    return float(row["clear"])


@contextlib.asynccontextmanager
async def _connected(url: str) -> Any:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _summary(speeds: dict[str, list[float]], *, clear: float, each: int, learned: dict[str, Any]) -> Measurement:
    to_rules, to_plain = ratios(speeds[FULL], speeds[RULES]), ratios(speeds[FULL], speeds[PLAIN])
    findings = [
        Finding("decisions/s, all parts", f"{median(speeds[FULL]):,.0f}"),
        Finding("of those of registry and rules alone", f"{median(to_rules):.2f}"),
        Finding("of its rows stored plainly", f"{median(to_plain):.3f}"),
        Finding("could be assigned without a person", f"{clear:.0%}"),
    ]
    figures = {
        "per_second": {name: median(measured) for name, measured in speeds.items()},
        "per_second_by_round": speeds,
        "ratio_to_rules_alone": median(to_rules),
        "ratio_to_rows_stored_plainly": median(to_plain),
        "clear": clear,
        "reports_per_round": each,
        "learned": learned,
    }
    note = (
        f"one process, batches of {BATCH}, {ROUNDS} rounds in changing order; the "
        f"reports are invented, so that what is clear says nothing of real ones. Masking is a part of both"
    )
    return Measurement("g", "routing decisions of one process", findings, figures, note)
