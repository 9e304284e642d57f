"""Has texts masked by a process of its own, which is started when there is something to read."""

import asyncio
import contextlib
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from routing_service.work.masking.making import Made, Original
from routing_service.work.masking.reader import LENGTH_BYTES, framed

#: A text that takes longer is given up, with the process that reads it: many times what the worst takes.
SECONDS = 20.0
SECONDS_PER_THOUSAND = 3.0
IDLE_SECONDS = 120.0


class UnreadableTexts(Exception):
    """The reader died of these texts, or did not come to an end with them."""


class Reader:
    """One process, one portion at a time; it ends by itself when nobody has asked it for a while."""

    def __init__(self, *, seconds: float = SECONDS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._process: Process | None = None
        self._asking = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None

    async def read(self, originals: Sequence[Original]) -> list[Made]:
        """Raises Unreadable. A cancelled caller ends the process, since nobody would take its answer."""
        characters = sum(len(original.title) + len(original.body) for original in originals)
        async with self._asking:
            self._keep()
            try:
                async with asyncio.timeout(self._seconds + SECONDS_PER_THOUSAND * characters / 1000):
                    made = await self._ask(originals)
            except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise UnreadableTexts from error
            except BaseException:
                await self._end()
                raise
            self._ending = asyncio.get_running_loop().call_later(self._idle_seconds, self._kill)
            return made

    async def _ask(self, originals: Sequence[Original]) -> list[Made]:
        process = self._process
        if process is None or process.returncode is not None:
            command = (sys.executable, "-m", "routing_service.work.masking.reader")
            process = self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(list(originals)))
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
        made: list[Made] = pickle.loads(await process.stdout.readexactly(length))
        return made

    async def close(self) -> None:
        self._keep()
        await self._end()

    def _keep(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        self._kill()
        if self._process is not None:
            await self._process.wait()
            self._process = None
