"""(i) Figures of a nation's year, and of a regency's: how long each call of `GET /v1/statistics` takes."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncEngine

from services.bench import counted
from services.bench.measurements import Finding, Measurement, percentile
from services.bench.servers import Workshop
from services.database import engine_for
from shared.clients import Client, Role
from shared.database import Sessions, create_sessions
from shared.domain.wording import Language
from sla_monitor.indicators.catalogue import shipped
from sla_monitor.statistics import service
from sla_monitor.statistics.schemas import FigureParams
from sla_monitor.sums.keeping import add_up
from sla_monitor.sums.queries import Summing
from sla_monitor.sums.terms import shipped_terms

SMALL = 10_000
ROUNDS = 20
TARGET_MS = 200.0
NATION, REGENCY = Client("bench", Role.NATIONAL_ADMIN), Client("bench", Role.COORDINATOR, "I7")
#: Whose, what is asked, and as of how many days ago.
ASKED: Sequence[tuple[str, Client, dict[str, Any], int | None]] = (
    ("received", NATION, {"indicator": "received"}, None),
    ("followed_up_share by instansi", NATION, {"indicator": "followed_up_share", "by": "instansi"}, None),
    ("followed_up_share by agency", NATION, {"indicator": "followed_up_share", "by": "agency"}, None),
    ("closed_share by month", NATION, {"indicator": "closed_share", "by": "month"}, None),
    ("closed_share by category", NATION, {"indicator": "closed_share", "by": "category"}, None),
    ("received by region", NATION, {"indicator": "received", "by": "region"}, None),
    ("archived by reason", NATION, {"indicator": "archived", "by": "reason"}, None),
    ("in_time_share by stage", NATION, {"indicator": "in_time_share", "by": "stage"}, None),
    ("late by agency, a stage", NATION, {"indicator": "late", "by": "agency", "stage": "first_response"}, None),
    ("overdue by region", NATION, {"indicator": "overdue", "by": "region"}, None),
    ("speed_calendar", NATION, {"indicator": "speed_calendar"}, None),
    ("speed_working by agency", NATION, {"indicator": "speed_working", "by": "agency"}, None),
    ("speed_calendar by region", NATION, {"indicator": "speed_calendar", "by": "region"}, None),
    ("satisfaction by class", NATION, {"indicator": "satisfaction", "by": "class"}, None),
    ("open_age", NATION, {"indicator": "open_age"}, None),
    ("near_60_days", NATION, {"indicator": "near_60_days"}, None),
    ("officers_active", NATION, {"indicator": "officers_active"}, None),
    ("received, 90 days ago", NATION, {"indicator": "received"}, 90),
    ("regency: closed_share by agency", REGENCY, {"indicator": "closed_share", "by": "agency"}, None),
    ("regency: speed_calendar by agency", REGENCY, {"indicator": "speed_calendar", "by": "agency"}, None),
    ("regency: late by stage", REGENCY, {"indicator": "late", "by": "stage"}, None),
    ("regency: closed_share, 90 days ago", REGENCY, {"indicator": "closed_share", "by": "agency"}, 90),
)


async def measure(shop: Workshop, *, rows: int, progress: Progress) -> Measurement:
    """Without HTTP: from the question to the JSON of the answer."""
    found = {size: await _measure(shop, size, progress) for size in sorted({min(SMALL, rows), rows})}
    findings = [
        _finding(f"{name}, of {size:,}", times)
        for name, *_ in ASKED
        for size, one in found.items()
        for times in [one["ms"][name]]
    ]
    findings += [
        Finding(f"all months added up anew, of {size:,}", f"{one['seconds']:.1f} s") for size, one in found.items()
    ]
    note = f"a year's reports of {counted.INSTANSI} instansi, one call after the other, {ROUNDS} each, without HTTP"
    return Measurement("i", "figures", findings, {str(size): one for size, one in found.items()}, note)


async def _measure(shop: Workshop, rows: int, progress: Progress) -> dict[str, Any]:
    now = datetime.now(UTC)
    engine = engine_for(await shop.clone(f"bench_counted_{rows}"))
    try:
        bar = progress.add_task(f"(i) {rows:,} counted reports", total=rows + len(ASKED))
        await counted.load_counted(engine, rows, now=now, progress=lambda done: progress.update(bar, completed=done))
        sessions = create_sessions(engine)
        began = time.perf_counter()
        async with sessions.begin() as session:
            await add_up(session, Summing(shipped_terms()), as_of=now)
        seconds = time.perf_counter() - began
        await _settle(engine)
        found = {}
        for name, client, asked, days in ASKED:
            found[name] = await _asked(sessions, client, asked, now, days)
            progress.advance(bar)
    finally:
        await engine.dispose()
    return {"ms": found, "seconds": seconds}


async def _settle(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql("VACUUM (ANALYZE) figure_sums, figure_spreads")


async def _asked(
    sessions: Sessions, client: Client, asked: dict[str, Any], now: datetime, days: int | None
) -> list[float]:
    catalogue, times = shipped(), []
    as_of = None if days is None else now - timedelta(days=days)
    async with sessions() as session:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            params = FigureParams(**asked, as_of=as_of)
            found = await service.figures(session, catalogue, params, client, language=Language.ID, now=now)
            found.model_dump_json()
            times.append((time.perf_counter() - began) * 1000)
    return times


def _finding(name: str, times: Sequence[float]) -> Finding:
    p95 = percentile(times, 0.95)
    said = f"p50 {percentile(times, 0.5):.0f} ms, p95 {p95:.0f} ms"
    return Finding(name, said, f"p95 at most {TARGET_MS:.0f} ms", p95 <= TARGET_MS)
