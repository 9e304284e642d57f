"""What is done once in a process, however many ask for it at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID


class OneAtATime:
    def __init__(self) -> None:
        self._locks: dict[UUID, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, id: UUID) -> AsyncIterator[bool]:
        """Waits for whoever does the same for this id; whether there was somebody."""
        lock, asking = self._locks.get(id, (asyncio.Lock(), 0))
        self._locks[id] = lock, asking + 1
        try:
            async with lock:
                yield asking > 0
        finally:
            _, asking = self._locks.pop(id)
            if asking > 1:
                self._locks[id] = lock, asking - 1
