"""Looks every hour whether a model is to be learned anew, and how often the one in force was right.

Learning is done by a process of its own, `python -m routing_service.competence.models.jobs`, which takes no turn from
the requests. Its settings come over its standard input.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE

from prometheus_client import CollectorRegistry, Gauge

from routing_service.competence.models import renewal
from routing_service.competence.models.service import CannotTrain
from shared import logs
from shared.actors import ROUTING
from shared.clock import utc_now
from shared.database import Pool, Sessions, create_engine, create_sessions
from shared.settings import RoutingSettings

logger = logging.getLogger("routing_service.competence.models.jobs")

LOOK_SECONDS = 3_600.0
NICENESS = 10  #: requests come first, where processors are few


class Renewal:
    """One for each process."""

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
        found = await renewal.watch(self._sessions, now=utc_now())
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
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", logger.name, stdin=PIPE)
        try:
            await process.communicate(pickle.dumps(self._settings))
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def learn(settings: RoutingSettings) -> None:
    engine = create_engine(settings, ROUTING, pool=Pool.JOBS)
    try:
        made = await renewal.renew_model(create_sessions(engine), now=utc_now())
    except CannotTrain as error:
        logger.warning("nothing was learned", extra={"reason": str(error)})
    else:
        if made is not None:
            logger.info("a model was learned", extra={"model": made.id, "state": made.state})
    finally:
        await engine.dispose()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; whoever started us ends us
    os.nice(NICENESS)
    settings: RoutingSettings = pickle.loads(sys.stdin.buffer.read())
    logs.configure(ROUTING, settings.log_level)
    asyncio.run(learn(settings))


if __name__ == "__main__":
    main()
