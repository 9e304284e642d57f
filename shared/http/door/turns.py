"""Whose turn it is to take a connection to the database. A pool that everybody has taken is no database that is away.

Whoever passes asks the pool when it has a connection left, or will have one in a moment: those who wait for long wait
here, where nothing is held meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from enum import StrEnum, auto

from shared.errors import Unavailable

#: As long as a person waits for a page. Past it they are told to come back.
MOST_SECONDS = 15.0

Waiting = deque[asyncio.Future[None]]


class Share(StrEnum):
    """What a request does with a connection, and so how many of its kind may have one."""

    READING = auto()
    ACTING = auto()
    OWN = auto()  #: what never waits behind the other two: submissions, and deliveries of another service
    NONE = auto()  #: takes none


class Turns:
    """`at_once` have theirs. The others wait in order: callers by turns, the requests of each as they came.

    `within`: the wider turns that each of these takes, too.
    """

    def __init__(self, at_once: int, *, within: "Turns | None" = None, seconds: float = MOST_SECONDS) -> None:
        self._free = at_once
        self._within = within
        self._seconds = seconds
        self._waiting: dict[object, Waiting] = {}  # whose turn is next stands first

    async def take(self, caller: object, *, until: float | None = None) -> None:
        """`until`: in seconds of the loop's clock. Raises Unavailable after having waited in vain."""
        if until is None:
            until = asyncio.get_running_loop().time() + self._seconds
        if self._free:  # then nobody waits
            self._free -= 1
        else:
            await self._wait(caller, until)
        if self._within is not None:
            try:
                await self._within.take(caller, until=until)
            except BaseException:
                self._pass_on()
                raise

    def leave(self) -> None:
        if self._within is not None:
            self._within.leave()
        self._pass_on()

    async def _wait(self, caller: object, until: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            async with asyncio.timeout_at(until):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it came at the very moment in which its request gave up
            else:
                self._forget(caller, turn)
            if isinstance(error, TimeoutError):
                detail = "Too much is asked for at this moment; try again in a few seconds."
                raise Unavailable(detail, code="too_busy") from None
            raise

    def _forget(self, caller: object, turn: asyncio.Future[None]) -> None:
        line = self._waiting.get(caller)
        if line is not None and turn in line:
            line.remove(turn)
            if not line:
                del self._waiting[caller]

    def _pass_on(self) -> None:
        while self._waiting:
            caller = next(iter(self._waiting))
            line = self._waiting.pop(caller)
            turn = line.popleft()
            if line:
                self._waiting[caller] = line  # behind all other callers
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def shares(pool_size: int) -> Mapping[Share, Turns]:
    """Of a pool: half of it at most is read with, and a fifth is kept free of all that reads and acts.

    Submissions leave as much to the others: so many may ask the pool that each finds a connection when the next one or
    two are given back.
    """
    most = max(1, pool_size - max(1, pool_size // 5))
    people = Turns(most)
    return {
        Share.READING: Turns(max(1, pool_size // 2), within=people),
        Share.ACTING: people,
        Share.OWN: Turns(most),
    }
