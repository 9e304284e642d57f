"""(j) Reports a second by Open311, and lists of public ones, beside `POST /v1/reports` in the same run."""

import contextlib
from typing import Any

from rich.progress import Progress
from sqlalchemy import text

from routing_service.access.accounts import systems
from routing_service.access.accounts.systems import SystemDraft
from services.bench import load, servers
from services.bench.generator import Job, Result
from services.bench.measurements import Finding, Measurement, at_least, median, ratios
from services.database import engine_for
from services.trouble import CannotRun
from shared.clients import Role, Scope
from shared.clock import utc_now
from shared.database import create_sessions

WORKERS = 2
CONNECTIONS = 16
ROUNDS = 6
ENOUGH = 0.70
NUMBERS_PER_ROUND = 1_000_000
PUBLISHED = 1_000
PAGE = 10

PLAIN, FORMS, LISTS = "POST /v1/reports", "POST /open311/v2/requests.json", f"GET requests.json, {PAGE} a page"
_PUBLISH = (
    text(
        "UPDATE reports SET published_at = now(), status = 'assigned', agency_code = 'SAMARINDA-DPUPR', "
        "holder_level = 'agency', holder_agency_code = 'SAMARINDA-DPUPR' "
        f"WHERE id IN (SELECT id FROM reports ORDER BY id LIMIT {PUBLISHED})"
    ),
    text(
        "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by) "
        "SELECT id, title, body, '[]', 1, now(), 'service:bench' FROM reports WHERE published_at IS NOT NULL"
    ),
)


async def measure(shop: servers.Workshop, *, seconds: float, progress: Progress) -> Measurement:
    """All three are asked of the same processes in turn, in changing order; whatever is not asked is idle."""
    url = await shop.clone("bench_open311")
    key = await _a_key(url)
    measured: dict[str, list[Result]] = {name: [] for name in (PLAIN, FORMS, LISTS)}
    bar = progress.add_task("(j) Open311", total=ROUNDS * len(measured) + 1)
    async with contextlib.AsyncExitStack() as stack:
        intake = await stack.enter_async_context(servers.intake(shop, url, workers=WORKERS))
        assert intake.pid is not None
        common: dict[str, Any] = {
            "port": intake.port, "server_pid": intake.pid, "seconds": seconds, "connections": CONNECTIONS,
        }  # fmt: skip
        jobs: dict[str, dict[str, Any]] = {
            PLAIN: {"token": servers.app_token(shop)},
            FORMS: {"path": "/open311/v2/requests.json", "api_key": key},
            LISTS: {"paths": [f"/open311/v2/requests.json?page_size={PAGE}&page={n}" for n in range(1, 21)]},
        }
        await load.run(Job(**jobs[PLAIN], **common, first_number=NUMBERS_PER_ROUND * 900))
        await _publish(url)
        progress.advance(bar)
        for turn in range(ROUNDS):
            for name in list(jobs) if turn % 2 == 0 else reversed(jobs):
                first = NUMBERS_PER_ROUND * (turn * len(jobs) + list(jobs).index(name))
                result = await load.run(Job(**jobs[name], **common, first_number=first))
                _require(name, result, 201 if name == PLAIN else 200)
                measured[name].append(result)
                progress.advance(bar)
    return _summary({name: [one.per_second for one in results] for name, results in measured.items()})


async def _a_key(url: str) -> str:
    engine = engine_for(url)
    try:
        async with create_sessions(engine).begin() as session:
            draft = SystemDraft("Open311", Role.CHANNEL, id="bench", channels=("web",), scopes=(Scope.SUBMIT.value,))
            await systems.create_system(session, draft)
            return (await systems.add_secret(session, "bench", now=utc_now())).text
    finally:
        await engine.dispose()


async def _publish(url: str) -> None:
    """Some of what was handed in, as if it had been sent on."""
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            for statement in _PUBLISH:
                await connection.execute(statement)
    finally:
        await engine.dispose()


def _require(name: str, result: Result, status: int) -> None:
    try:
        result.require_only(status)
    except ValueError as error:
        raise CannotRun(f"{name}: {error}.") from None


def _summary(speeds: dict[str, list[float]]) -> Measurement:
    forms, lists = ratios(speeds[FORMS], speeds[PLAIN]), ratios(speeds[LISTS], speeds[PLAIN])
    findings = [
        at_least("reports by Open311, of POST /v1/reports", median(forms), ENOUGH),
        at_least("lists by Open311, of POST /v1/reports", median(lists), ENOUGH),
        *(Finding(f"{name}: requests/s", f"{median(each):,.0f}") for name, each in speeds.items()),
    ]
    figures = {"ratios_of_forms": forms, "ratios_of_lists": lists, "per_second_by_round": speeds}
    note = (
        f"{WORKERS} workers, {CONNECTIONS} connections, {ROUNDS} rounds in changing order; ratios are medians over the "
        f"rounds; {PUBLISHED:,} of the reports are public"
    )
    return Measurement("j", "Open311", findings, figures, note)
