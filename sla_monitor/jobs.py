"""What runs when. APScheduler keeps the time, PostgreSQL keeps the state."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from shared.clock import utc_now
from shared.database import Sessions
from shared.http.problems import is_away
from shared.mail import Mailer
from shared.settings import MonitorSettings
from sla_monitor.counting import queries as counting
from sla_monitor.exports import mailing
from sla_monitor.indicators.catalogue import read_catalogue
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.notifications import service as notifications
from sla_monitor.proof.keeping import Keeper
from sla_monitor.recomputations import service as recomputations
from sla_monitor.recompute import service as recompute
from sla_monitor.reference.service import References
from sla_monitor.reprimands import service as reprimands
from sla_monitor.simulations import service as simulations
from sla_monitor.sums import keeping as sums
from sla_monitor.sums.queries import Summing
from sla_monitor.sums.terms import shipped_terms
from sla_monitor.sweep import service as sweeping

logger = logging.getLogger(__name__)

CATCH_UP_SECONDS = 30.0
REPRIMAND_SECONDS = 3600.0
DOCUMENTS_SECONDS = 3600.0
FIGURES_SECONDS = 3600.0  # it reads a row of every report
SUM_SECONDS = 5.0
RECOMPUTE_SECONDS = 2.0
SIMULATE_SECONDS = 2.0
LOG_SECONDS = 60.0  #: whether a checkpoint is due stands in the database

Job = Callable[[], Awaitable[None]]


class Jobs:
    """The monitor's periodic work. It keeps no state: what is due is found in the tables at every tick."""

    def __init__(
        self, sessions: Sessions, references: References, metrics: MonitorMetrics, settings: MonitorSettings, *,
        wake: Callable[[], None], keeper: Keeper | None = None,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._references = references
        self._metrics = metrics
        self._settings = settings
        self._wake = wake
        self._catalogue = read_catalogue(settings.thresholds_file)
        self._summing = Summing(shipped_terms())
        self._keeper = keeper
        self._ticks: set[asyncio.Task[None]] = set()

    async def sweep(self) -> None:
        """Record what is due, and have it delivered at once."""
        started = time.perf_counter()
        steps = await sweeping.sweep(self._sessions, batch=self._settings.sweep_batch)
        seconds = time.perf_counter() - started
        self._metrics.sweep_seconds.observe(seconds)
        for kind, count in steps.items():
            self._metrics.steps.labels(kind).inc(count)
        if steps:
            self._wake()
            logger.info("sweep done", extra={"steps": steps, "seconds": round(seconds, 3)})

    async def catch_up(self) -> None:
        """Compute what delivery left undone for a minute."""
        found = await recompute.catch_up(self._sessions, self._references)
        if found:
            logger.warning("reports were behind their events", extra={"count": found})

    async def look_at_figures(self) -> None:
        """Say where figures leave reports out, as after an upgrade from a release that kept none."""
        async with self._sessions() as session:
            found = await counting.count_uncounted(session)
        self._metrics.uncounted.set(found)
        if found:
            logger.warning("figures leave reports out; run lapor statistics rebuild", extra={"count": found})

    async def sum_figures(self) -> None:
        """Add up the months of receipt in which something has changed."""
        began = time.perf_counter()
        if months := await sums.keep(self._sessions, self._summing):
            logger.info("figures added up", extra={"count": months, "seconds": round(time.perf_counter() - began, 3)})

    async def recompute(self) -> None:
        """Bring clocks under the rules that changed, batch by batch, until no recomputation is left."""
        while (done := await recomputations.work(self._sessions, self._references)) is not None:
            if done.moved:
                self._wake()

    async def simulate(self) -> None:
        """Try other rules on the reports of the past, batch by batch, until no simulation is left."""
        while await simulations.work(self._sessions, self._references) is not None:
            pass

    async def tell(self) -> None:
        """Say whom new escalations are for, and send what is due. Without a mail server they stay recorded."""
        addressed = await notifications.address(self._sessions, self._settings)
        for gap in addressed.gaps:
            self._metrics.unreachable.labels(gap.instansi or "national", gap.role).inc(gap.count)
        if addressed.unreachable:
            gaps = [asdict(gap) for gap in addressed.gaps]
            logger.warning("escalations without an officer", extra={"count": addressed.unreachable, "gaps": gaps})
        if not self._settings.sends_mail:
            return
        for outcome, count in (await notifications.send(self._sessions, self._references, self._settings)).items():
            self._metrics.mails.labels(outcome).inc(count)

    async def mail_documents(self) -> None:
        """Mail the documents of the month that has ended, to whom they were not mailed yet."""
        settings = self._settings
        url, timeout = settings.smtp_url.get_secret_value(), settings.http_timeout_seconds
        async with Mailer(url, timeout_seconds=timeout) as mailer:
            sent = await mailing.mail_documents(
                self._sessions, self._catalogue, mailer, sender=settings.mail_from, now=utc_now()
            )
        for outcome, count in sent.items():
            self._metrics.mails.labels(outcome).inc(count)

    async def reprimand(self) -> None:
        """Compile the reprimands of the quarter that has ended, those that are not there yet."""
        if compiled := await reprimands.compile_quarter(self._sessions, now=utc_now()):
            logger.info("reprimands compiled", extra={"count": compiled})

    async def keep_log(self) -> None:
        """Put what has changed under a checkpoint, once an interval has passed, and have it cosigned."""
        assert self._keeper is not None
        kept = await self._keeper.work(now=utc_now())
        self._metrics.take_kept(kept)
        if kept.added:
            logger.info("checkpoint made", extra={"leaves": kept.added})

    async def tick(self, job: Job, name: str) -> None:
        """Do a job once. A failure is logged; the next tick tries again, since what is due stays due."""
        task = asyncio.current_task()
        assert task is not None
        self._ticks.add(task)
        try:
            await job()
        except Exception as error:
            if job == self.sweep:
                self._metrics.sweeps_failed.inc()
            away = is_away(error)
            logger.warning("%s failed", name, extra={"error": type(error).__name__}, exc_info=None if away else error)
        finally:
            self._ticks.discard(task)

    def scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone="UTC")
        jobs: tuple[tuple[str, Job, float], ...] = (
            ("sweep", self.sweep, self._settings.sweep_seconds),
            ("catch_up", self.catch_up, CATCH_UP_SECONDS),
            ("tell", self.tell, self._settings.mail_seconds),
            ("reprimand", self.reprimand, REPRIMAND_SECONDS),
            ("look_at_figures", self.look_at_figures, FIGURES_SECONDS),
            ("sum_figures", self.sum_figures, SUM_SECONDS),
            ("recompute", self.recompute, RECOMPUTE_SECONDS),
            ("simulate", self.simulate, SIMULATE_SECONDS),
        )
        if self._settings.document_mails and self._settings.sends_mail:
            jobs = (*jobs, ("mail_documents", self.mail_documents, DOCUMENTS_SECONDS))
        if self._keeper is not None:
            jobs = (*jobs, ("keep_log", self.keep_log, min(self._settings.log_seconds, LOG_SECONDS)))
        for name, job, seconds in jobs:
            scheduler.add_job(
                self.tick,
                IntervalTrigger(seconds=seconds),
                args=(job, name),
                id=name,
                next_run_time=utc_now(),  # the first does not wait for an interval
                max_instances=1,  # a slow sweep is never joined by a second one
                coalesce=True,  # missed ticks make one sweep, not a burst of them
                misfire_grace_time=None,  # better late than never
            )
        return scheduler

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Starts the work, and ends it before the connections are closed. What it breaks off is rolled back."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # `tick` logs what fails, and not every tick
        scheduler = self.scheduler()
        scheduler.start()
        try:
            yield
        finally:
            scheduler.shutdown(wait=False)
            for task in self._ticks:
                task.cancel()
            await asyncio.gather(*self._ticks, return_exceptions=True)
