"""Puts sla_monitor together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from shared.actors import MONITOR, ROUTING
from shared.database import Pool, create_engine
from shared.http import web
from shared.http.openapi import catalogues
from shared.http.readers import reads_as
from shared.log.delivery import Relays
from shared.pages import answers, places
from shared.pages.look import Look
from shared.pages.outlines import Outlines
from shared.settings import MonitorSettings
from sla_monitor import door, inbox
from sla_monitor.agency_limits import endpoints as agency_limits
from sla_monitor.calendar_versions import endpoints as calendar_versions
from sla_monitor.clocks import endpoints as clocks
from sla_monitor.documents import SAID
from sla_monitor.escalations import endpoints as escalations
from sla_monitor.exports import endpoints as exports
from sla_monitor.exports.printing import Printing
from sla_monitor.indicators import endpoints as indicators
from sla_monitor.indicators.catalogue import read_catalogue
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.ombudsman import endpoints as ombudsman
from sla_monitor.pages import endpoints as pages
from sla_monitor.pages import exports as documents_of_pages
from sla_monitor.pages import open_performance
from sla_monitor.pages.counts import KeptCounts
from sla_monitor.pages.rules import endpoints as rule_pages
from sla_monitor.performance.kept import Kept
from sla_monitor.policies import endpoints as policies
from sla_monitor.proof import endpoints as proof
from sla_monitor.proof.keeping import Keeper
from sla_monitor.recomputations import endpoints as recomputations
from sla_monitor.reference.service import References
from sla_monitor.reprimands import endpoints as reprimands
from sla_monitor.simulations import endpoints as simulations
from sla_monitor.statistics import endpoints as statistics

#: The same for everybody.
OPEN = (places.PERFORMANCE, open_performance.ONE)


def create_app(settings: MonitorSettings) -> FastAPI:
    engine = create_engine(settings, MONITOR)
    jobs = create_engine(settings, MONITOR, pool=Pool.JOBS)
    app = web.create_app(
        "sla",
        engine,
        settings,
        clocks.router,
        escalations.router,
        ombudsman.router,
        reprimands.router,
        calendar_versions.router,
        policies.router,
        agency_limits.router,
        recomputations.router,
        simulations.router,
        indicators.router,
        statistics.router,
        exports.router,
        proof.router,
        pages.router,
        documents_of_pages.router,
        rule_pages.router,
        open_performance.router,
        inbox.router,
        said=SAID,
        running=partial(_running, settings=settings),
        rules=door.door_rules(settings),
        public=OPEN,
        reference=OPEN,
        jobs=jobs,
    )
    state = app.state
    state.counted = MonitorMetrics(state.metrics.registry)
    state.counted.mail_enabled.set(settings.sends_mail)
    state.metric_readers.append(partial(state.counted.read, state.jobs))
    state.references = References()
    state.indicators = read_catalogue(settings.thresholds_file)
    state.keeper = Keeper.of(state.jobs, settings, state.keys)
    state.log = state.keeper.log
    state.reads_as = reads_as(settings.database_url, whole=pages.WHOLE)
    catalogues.install_catalogues(app, "sla_monitor")
    answers.install(app, Look("sla_monitor"))
    state.outlines = Outlines()
    state.performances = Kept()
    state.printing = Printing()
    state.counts = KeptCounts()
    return app


@asynccontextmanager
async def _running(app: FastAPI, *, settings: MonitorSettings) -> AsyncIterator[None]:
    state = app.state
    relays = Relays(
        state.jobs,
        process=MONITOR,
        followers=(ROUTING, MONITOR),
        settings=settings,
        signer=state.signer,
        metrics=state.metrics,
    )
    periodic = Jobs(state.jobs, state.references, state.counted, settings, wake=relays.wake, keeper=state.keeper)
    async with relays, periodic.running():
        state.wake = relays.wake
        yield
