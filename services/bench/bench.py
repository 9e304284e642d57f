"""One run of the measurements."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from services.bench import (
    assigning,
    by_open311,
    figuring,
    looking_up,
    recomputing,
    routing,
    rows,
    servers,
    steady,
    submitting,
    sweeping,
    table,
)
from services.bench.measurements import Finding, Measurement
from services.database import engine_for
from services.local.home import Home
from services.progress import LongWork
from services.trouble import CannotRun

LETTERS = "abcdefghij"
DUE = 10_000
#: Of all rows: what (c) sweeps and (d) is compared with.
SMALL_SHARE = 10
FEW_SHARE = 100
#: A population has 40 days at least, which is what the repeated sweeps go through.
LEAST_DAYS = 40


def run(*, only: str, rows: int, small_rows: int | None, seconds: float, out: Path | None) -> int:
    wanted = only or LETTERS
    if unknown := set(wanted) - set(LETTERS):
        raise CannotRun(f"There is no measurement {', '.join(sorted(unknown))}: choose among {', '.join(LETTERS)}.")
    bench = Bench(wanted, rows, small_rows or rows // SMALL_SHARE, seconds)
    try:
        asyncio.run(bench.run())
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise CannotRun("Stopped; nothing was written.") from None
    table.show(Console(), bench.measurements)
    path = out or Home.from_environment().path / "bench.json"
    table.write(path, bench.measurements, bench.context)
    bench.console.print(f"All figures: {path}", highlight=False)
    return 1 if bench.failed else 0


class Bench:
    """One run. What cannot be measured is shown with its reason, and the rest is measured all the same."""

    def __init__(self, wanted: str, many: int, small: int, seconds: float) -> None:
        self.console = Console(stderr=True)
        self.measurements: list[Measurement] = []
        self.failed = False
        self._wanted = wanted
        self._seconds = seconds
        due = min(DUE, small // (LEAST_DAYS // len(rows.CODES)))
        if due < len(rows.CODES) or any(size % (due // len(rows.CODES)) for size in (many, small)):
            raise CannotRun("Choose round numbers of rows, such as --rows 100000, each at least 400.")
        self._many = rows.population(many, due=due)
        self._small = rows.population(small, due=due)
        few = max(many // FEW_SHARE, LEAST_DAYS)
        self._few = rows.population(few - few % LEAST_DAYS, due=few // LEAST_DAYS * len(rows.CODES))
        self._recomputed = rows.population(many // recomputing.CLOCKS_PER_REPORT, due=due)
        self.context: dict[str, Any] = {
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": servers.machine(),
            "options": {"only": wanted, "rows": many, "small_rows": small, "seconds": seconds},
        }

    async def run(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with LongWork(self.console, keep=True) as progress:
            if set(self._wanted) & set("abcd"):
                with servers.workshop() as shop:
                    await self._on_a_plain_server(shop, progress)
            if "f" in self._wanted:
                with servers.workshop() as shop:
                    await servers.prepare(shop)
                    url = await self._load(shop, self._recomputed, progress)
                    await self._try("f", lambda: recomputing.measure(url, self._recomputed, progress=progress))
            if "e" in self._wanted:
                with servers.workshop(steady.SETTINGS) as shop:
                    await servers.prepare(shop)
                    await self._try("e", lambda: steady.measure(shop, seconds=self._seconds * 3, progress=progress))
            if "g" in self._wanted:
                with servers.workshop() as shop:
                    await servers.prepare(shop)
                    await self._try("g", lambda: routing.measure(shop, seconds=self._seconds, progress=progress))
            if "j" in self._wanted:
                with servers.workshop() as shop:
                    await servers.prepare(shop)
                    each = self._seconds / 3
                    await self._try("j", lambda: by_open311.measure(shop, seconds=each, progress=progress))
            if "h" in self._wanted:
                with servers.workshop(steady.SETTINGS) as shop:
                    await servers.prepare(shop)
                    await self._try("h", lambda: assigning.measure(shop, seconds=self._seconds * 3, progress=progress))

            if "i" in self._wanted:
                with servers.workshop() as shop:
                    await servers.prepare(shop)
                    rows_there = self.context["options"]["rows"]
                    await self._try("i", lambda: figuring.measure(shop, rows=rows_there, progress=progress))

    async def _on_a_plain_server(self, shop: servers.Workshop, progress: Progress) -> None:
        await servers.prepare(shop)
        each = self._seconds / 3
        if "a" in self._wanted:
            await self._try("a", lambda: submitting.measure(shop, seconds=each, progress=progress))
        if not set(self._wanted) & set("bcd"):
            return
        many = {self._many: await self._load(shop, self._many, progress)}
        if set(self._wanted) & set("bc"):
            small = {self._small: await self._load(shop, self._small, progress)}
            await self._try("b", lambda: sweeping.measure(many | small, progress=progress))
        if "d" in self._wanted:
            few = {self._few: await self._load(shop, self._few, progress)}
            await self._try("d", lambda: looking_up.measure(many | few, shop, seconds=each, progress=progress))

    async def _try(self, letter: str, measure: Callable[[], Awaitable[Measurement | list[Measurement]]]) -> None:
        try:
            found = await measure()
        except CannotRun as error:
            self.failed = True
            found = Measurement(letter, "could not be measured", [Finding(str(error), "", ok=False)])
        self.measurements += found if isinstance(found, list) else [found]

    async def _load(self, shop: servers.Workshop, population: rows.Population, progress: Progress) -> str:
        url = await shop.clone(f"bench_{population.rows}")
        bar = progress.add_task(f"{population.rows:,} open reports", total=population.rows)
        engine = engine_for(url)
        try:
            await rows.load_population(engine, population, progress=lambda done: progress.update(bar, completed=done))
        finally:
            await engine.dispose()
        return url
