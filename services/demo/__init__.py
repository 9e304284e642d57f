"""`lapor demo`: the running stack, driven over HTTP by invented reports or by a file of real old ones."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console

from services.demo import history, lives, replay, show
from services.demo.delivery import wait_until_settled
from services.demo.stack import Refused, Stack, Unreachable, connect, pages
from shared.clock import utc_now
from shared.http.tokens import Signer

OVERDUE_PAGES = 50


async def main(
    *,
    intake_url: str,
    routing_url: str,
    sla_url: str,
    source: Path | None,
    signer: Signer,
    as_json: bool,
) -> int:
    """Run the demo, or replay `source`; the exit code. Progress goes to stderr, the result to stdout."""
    console = Console(stderr=True)
    addresses = {"intake_url": intake_url, "routing_url": routing_url, "sla_url": sla_url}
    try:
        rows = None if source is None else history.read_history(source)
        async with connect(**addresses, signer=signer, connections=replay.WORKERS) as stack:
            if rows is None:
                return await _invented(stack, console, as_json=as_json)
            return await _historical(stack, console, rows, source=str(source), as_json=as_json)
    except (history.BadFile, Unreachable) as error:
        console.print(str(error), style="red", highlight=False)
    except Refused as error:
        console.print(f"A service refused what the demo needs: {error}", style="red", highlight=False)
    return 1


async def _historical(stack: Stack, console: Console, rows: list[history.Row], *, source: str, as_json: bool) -> int:
    instansi = history.instansi_of(rows)
    with show.progress(console) as bars:
        result = await replay.replay(stack, rows, instansi, show.Bars(bars))
    if as_json:
        _write(result.as_json())
    else:
        Console().print(show.tally(result, source=source))
        for refusal in result.refusals:
            console.print(refusal, highlight=False)
    return 0 if result.succeeded else 1


async def _invented(stack: Stack, console: Console, *, as_json: bool) -> int:
    with show.progress(console) as bars:
        task = bars.add_task("reports", total=len(lives.stories()))
        reports = await lives.live(stack, run=uuid4().hex[:12], now=utc_now(), done=lambda: bars.advance(task))
        outbox = await wait_until_settled(stack, seen=show.Bars(bars).delivered)
    views = [await stack.get(stack.routing, f"/v1/reports/{report.id}", lives.ADMIN) for report in reports]
    ours = {report.tracking_number for report in reports}
    clocks = [clock async for clock in pages(stack, stack.sla, "/v1/overdue", lives.ADMIN, most=OVERDUE_PAGES)]
    overdue = [clock for clock in clocks if clock["tracking_number"] in ours]
    astray = [
        f"{report.tracking_number} is {view['status']}, expected {lives.ENDS[report.story.life]}"
        for report, view in zip(reports, views, strict=True)
        if view["status"] != lives.ENDS[report.story.life]
    ]
    if as_json:
        statuses = {view["tracking_number"]: view["status"] for view in views}
        _write({"reports": statuses, "overdue": overdue, "astray": astray, "waiting": outbox.waiting})
    else:
        Console().print(show.statuses(views), show.whereabouts(views), show.overdue(overdue, all_clocks=len(clocks)))
    for sentence in astray:
        console.print(sentence, style="red", highlight=False)
    return 1 if astray or outbox.waiting or outbox.parked else 0


def _write(result: dict[str, Any]) -> None:
    json.dump(result, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
