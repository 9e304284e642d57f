"""How many requests of one class are worked on at once, and how many may wait for them, and how long."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import TooManyRequests, Unavailable

MOST_SECONDS = 5.0


class Places:
    """`at_once` are worked on, `waiting` more may wait for them; the others are told to come back.

    One caller holds at most half of the places, so that it does not keep everybody else out; `held_long`: half of
    those that are worked on, since the others would wait in vain for one to be free.
    """

    def __init__(
        self, name: str, *, at_once: int, waiting: int, seconds: float = MOST_SECONDS, held_long: bool = False
    ) -> None:
        self.name = name
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._most_of_one = max(1, (at_once if held_long else self._most) // 2)
        self._seconds = seconds
        self._present: Counter[object] = Counter()

    def refusal(self) -> TooManyRequests:
        detail = f"Too many {self.name} are asked for at this moment; try again in a second."
        return TooManyRequests(detail, code=f"too_many_{self.name.replace(' ', '_').replace('-', '_')}")

    @asynccontextmanager
    async def place(self, caller: object) -> AsyncIterator[None]:
        """Raises TooManyRequests at once, Unavailable after having waited in vain."""
        if self._present[caller] >= self._most_of_one or self._present.total() >= self._most:
            raise self.refusal()
        self._present[caller] += 1
        try:
            await self._take()
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._present[caller] -= 1
            if not self._present[caller]:
                del self._present[caller]

    async def _take(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            detail = f"Other {self.name} take long at this moment; try again in a few seconds."
            raise Unavailable(detail, code="too_busy") from None
