"""Who does the chores: for each task one worker in each process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from routing_service.work.chores import service
from routing_service.work.chores.service import Done
from routing_service.work.decisions.advice import Advising
from routing_service.work.masking import backfill
from routing_service.work.masking.reading import Reader
from shared.clock import utc_now
from shared.database import Sessions

logger = logging.getLogger(__name__)

#: What another process was told of, and left, is found so soon.
POLL_SECONDS = 1.0
#: Nobody waits for a text as they do for a decision: ten are read together, and not in between the decisions.
GATHER_SECONDS = 0.2
AFTER_FAILURE_SECONDS = 1.0
#: Texts of an older masking, and what any release left without one; asked for at the start as well.
RENEW_SECONDS = 3600.0
RENEW_BATCH = 20

#: Whether there may be more to do.
Turn = Callable[[], Awaitable[bool]]


class Worker:
    """Takes turns until there is nothing to do, and then waits to be woken; a while longer for what comes next."""

    def __init__(self, turn: Turn, *, name: str, gather_seconds: float = 0.0) -> None:
        self._turn = turn
        self._name = name
        self._gather_seconds = gather_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. Never raises: what is to be done stays in the tables, and is tried again."""
        while True:
            try:
                more = await self._turn()
            except Exception as error:
                logger.warning("worker failed", extra={"worker": self._name, "error": type(error).__name__})
                await asyncio.sleep(AFTER_FAILURE_SECONDS)
                continue
            if not more:
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            pass
        else:
            await asyncio.sleep(self._gather_seconds)
        self._woken.clear()


class Workers:
    """Those of one process. `woke`: what to do when something was put into the outbox."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        advising: Advising,
        automatic_assignment: bool,
        woke: Callable[[], None],
        learn: Turn,
    ) -> None:
        self._sessions = sessions
        self._advising = advising
        self._automatic_assignment = automatic_assignment
        self._woke = woke
        self._reader = Reader()
        self._renewing: AsyncIterator[int] | None = None
        self._renew_at = 0.0
        self._workers = (
            Worker(self.decide, name="decisions"),
            Worker(self.mask, name="texts", gather_seconds=GATHER_SECONDS),
            Worker(learn, name="learning"),
        )

    def wake(self) -> None:
        for worker in self._workers:
            worker.wake()

    async def decide(self) -> bool:
        return await turn(self._decide)

    async def mask(self) -> bool:
        return await turn(self._mask) or await self._renew() > 0

    async def _decide(self, is_long: bool) -> Done:
        done = await service.decide(
            self._sessions,
            advising=self._advising,
            automatic_assignment=self._automatic_assignment,
            is_long=is_long,
            now=utc_now(),
        )
        if done.reports:
            self._woke()
        return done

    async def _mask(self, is_long: bool) -> Done:
        return await service.mask(self._sessions, read=self._reader.read, is_long=is_long, now=utc_now())

    async def _renew(self) -> int:
        """A portion of the texts and official answers that an older masking made, when there is nothing new."""
        now = asyncio.get_running_loop().time()
        if self._renewing is None:
            if now < self._renew_at:
                return 0
            self._renewing = backfill.renew_all(self._sessions, batch=RENEW_BATCH)
            await service.index_recent(self._sessions, now=utc_now())
        done = await anext(self._renewing, 0)
        if not done:
            self._renewing, self._renew_at = None, now + RENEW_SECONDS
        return done

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(worker.run(), name="worker") for worker in self._workers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._reader.close()


async def turn(do: Callable[[bool], Awaitable[Done]]) -> bool:
    """A portion of ordinary reports and one long one, so that neither waits for all of the others."""
    ordinary = await do(False)
    if not ordinary.long_waits:
        return ordinary.is_full
    long = await do(True)
    return ordinary.is_full or long.is_full
