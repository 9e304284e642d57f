"""A process that learns a model anew if that is due, and ends. Its settings come over its standard input.

Run as `python -m routing_service.competence.learning.learner`.
"""

import asyncio
import logging
import os
import pickle
import signal
import sys

from routing_service.competence.learning import renewal
from routing_service.competence.learning.service import CannotTrain
from shared import logs
from shared.actors import ROUTING
from shared.clock import utc_now
from shared.database import Pool, create_engine, create_sessions
from shared.settings import RoutingSettings

logger = logging.getLogger(__name__)

NICENESS = 10  #: requests come first, where processors are few


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
