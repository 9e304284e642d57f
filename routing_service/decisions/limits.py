"""How many previews a process works on at once: citizens type everywhere, and reports come first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from shared.errors import DomainError


class TooMany(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_previews"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class Previews:
    """`at_once` are computed, `waiting` more may wait for them; the others are told to come back."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._present = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        if self._present >= self._most:
            raise TooMany("Too many previews are asked for at this moment; try again in a second.")
        self._present += 1
        try:
            async with self._free:
                yield
        finally:
            self._present -= 1
