"""Figures that are computed once for all who ask: one at a time, so that no crowd takes what officers need."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

logger = logging.getLogger(__name__)

#: So long what was computed is told as it is; after it, it is told once more while it is computed anew.
FRESH = timedelta(minutes=10)
#: What is older is not told any more.
OLDEST = timedelta(hours=2)
MOST_KEPT = 500

Value = TypeVar("Value")


class _Entry(NamedTuple, Generic[Value]):
    value: Value
    at: datetime


class Kept(Generic[Value]):
    """One per process."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()
        self._running: dict[Hashable, asyncio.Task[Value]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[Value]], *, now: datetime) -> Value:
        """Raises what `compute` raises; that is not kept."""
        entry = self._entries.get(key)
        if entry is not None and now - entry.at < FRESH:
            return entry.value
        task = self._running.get(key) or self._start(key, compute, now)
        if entry is not None and now - entry.at < OLDEST:
            return entry.value
        return await asyncio.shield(task)  # whoever goes away takes nobody else's answer along

    def _start(self, key: Hashable, compute: Callable[[], Awaitable[Value]], now: datetime) -> "asyncio.Task[Value]":
        task = asyncio.create_task(self._computed(key, compute, now))
        self._running[key] = task
        task.add_done_callback(lambda done: self._ended(key, done))
        return task

    async def _computed(self, key: Hashable, compute: Callable[[], Awaitable[Value]], now: datetime) -> Value:
        async with self._one_at_a_time:
            value = await compute()
        self._entries[key] = _Entry(value, now)
        self._entries.move_to_end(key)
        while len(self._entries) > MOST_KEPT:
            self._entries.popitem(last=False)
        return value

    def _ended(self, key: Hashable, task: "asyncio.Task[Value]") -> None:
        del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:  # whoever waits for it is told, too
            logger.info("figures for everybody not computed", extra={"trouble": type(error).__name__})
