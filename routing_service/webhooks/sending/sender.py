"""The one who sends, in each process: many messages at once, and the database asked for many together."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from routing_service.webhooks import schedule
from routing_service.webhooks.sending import service
from routing_service.webhooks.sending.claiming import MOST_PROBES, Message, Room, claim_messages
from routing_service.webhooks.sending.service import Outcome
from shared.clock import utc_now
from shared.database import Sessions
from shared.keys.held import Keys
from shared.outgoing import Outgoing

#: On their way from this process at once, those to failing receivers aside.
MOST = 200
#: What comes back within it is settled together.
GATHER_SECONDS = 0.01


class Sender:
    """`counted`: hears of each attempt."""

    def __init__(
        self, sessions: Sessions, outgoing: Outgoing, keys: Keys, *, production: bool, wide: int,
        counted: Callable[[Outcome], None] = lambda outcome: None, seconds: float = schedule.ATTEMPT_SECONDS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._outgoing = outgoing
        self._keys = keys
        self._production = production
        self._wide = wide
        self._counted = counted
        self._seconds = seconds
        self._clock = clock
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._come_back: list[Outcome] = []
        self._news = asyncio.Event()
        self._probes: set[asyncio.Task[None]] = set()

    async def turn(self) -> bool:
        """Settle what has come back, and send what is due. Whether anything was done."""
        come_back, self._come_back = self._come_back, []
        if come_back:
            try:
                await service.settle_outcomes(self._sessions, come_back, now=self._clock())
            except BaseException:
                self._come_back = come_back + self._come_back  # until their lease is over
                raise
        room = Room(self._wide, MOST - len(self._on_their_way), MOST_PROBES - len(self._probes))
        claimed = await claim_messages(self._sessions, self._keys, room, production=self._production, now=self._clock())
        for message in claimed.messages:
            task = asyncio.create_task(self._send(message), name="webhook")
            among = self._probes if message.is_probe else self._on_their_way
            among.add(task)
            task.add_done_callback(among.discard)
        return bool(come_back or claimed.lanes)

    async def _send(self, message: Message) -> None:
        outcome = await service.attempt(self._outgoing, message, now=self._clock(), seconds=self._seconds)
        self._counted(outcome)
        self._come_back.append(outcome)
        self._news.set()

    def wake(self) -> None:
        self._news.set()

    async def rest(self, seconds: float) -> None:
        """Until something has come back, or somebody wakes us."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
                self._news.clear()
                await asyncio.sleep(GATHER_SECONDS)

    async def finish(self) -> None:
        """All that is due now, until nothing is on its way."""
        while await self.turn() or self._tasks or self._come_back:
            if self._tasks:
                await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """What is on its way is broken off: it is sent again, under the same name, when its lease is over."""
        tasks = self._tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _tasks(self) -> set[asyncio.Task[None]]:
        return self._on_their_way | self._probes
