"""Looks every hour whether a model is to be learned anew, and how often the one in force was right."""

import asyncio
import contextlib
import pickle
import sys
from asyncio.subprocess import PIPE

from prometheus_client import CollectorRegistry, Gauge

from routing_service.competence.learning import achieved, renewal
from shared.clock import utc_now
from shared.database import Sessions
from shared.settings import RoutingSettings

LOOK_SECONDS = 3_600.0


class Renewal:
    """One for each process; learning is done by a process of its own, which takes no turn from the requests."""

    def __init__(self, sessions: Sessions, settings: RoutingSettings, metrics: CollectorRegistry) -> None:
        self._sessions = sessions
        self._settings = settings
        self._look_at = 0.0
        self._precision = Gauge(
            "lapor_routing_precision",
            "Share of right ones among the confirmed reports that the model in force was sure of.",
            registry=metrics,
        )
        self._wanted = Gauge("lapor_routing_precision_wanted", "What it should be.", registry=metrics)
        self._reports = Gauge("lapor_routing_precision_reports", "On how many reports.", registry=metrics)
        self._precision.set(float("nan"))

    async def turn(self) -> bool:
        """Always False: there is nothing to be done at once."""
        now = asyncio.get_running_loop().time()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_SECONDS
        found = await achieved.watch(self._sessions, now=utc_now())
        if found is not None:
            self._precision.set(float("nan") if found.precision is None else found.precision)
            self._wanted.set(found.wanted)
            self._reports.set(found.reports)
        async with self._sessions() as session:
            is_due = await renewal.is_due(session, now=utc_now())
        if is_due:
            await self._learn()
        return False

    async def _learn(self) -> None:
        """Whoever is cancelled ends the process; if we are killed, it comes to its end by itself."""
        command = (sys.executable, "-m", "routing_service.competence.learning.learner")
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE)
        try:
            await process.communicate(pickle.dumps(self._settings))
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
