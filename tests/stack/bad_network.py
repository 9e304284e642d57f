"""What lies between a phone and the service: it breaks amid a request, and leads to whichever copy is alive."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

Happening = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """The connection alone breaks."""


class BadNetwork:
    """Once `after` bytes have gone up over it in all, `happens` happens, and all that is open breaks. That once."""

    def __init__(self, ports: Sequence[int], *, after: int, happens: Happening = nothing) -> None:
        self._ports = ports
        self._left = after
        self._happens = happens
        self.broke = False
        self.url = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["BadNetwork"]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _carry(self, up: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
        behind: asyncio.StreamWriter | None = None
        answering: asyncio.Task[None] | None = None
        try:
            answers, behind = await self._first_alive()
            answering = asyncio.create_task(_answered(answers, down))
            while content := await up.read(65_536):
                behind.write(content)
                await behind.drain()
                await self._gone_up(len(content))
        except OSError:
            pass
        finally:
            for end in (down, behind):
                if end is not None:
                    end.transport.abort()
            if answering is not None:
                answering.cancel()

    async def _first_alive(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in self._ports:
            with contextlib.suppress(ConnectionRefusedError):
                return await asyncio.open_connection("127.0.0.1", port)
        raise ConnectionRefusedError

    async def _gone_up(self, size: int) -> None:
        self._left -= size
        if self._left <= 0 and not self.broke:
            self.broke = True
            await self._happens()
            raise ConnectionResetError


async def _answered(answers: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while content := await answers.read(65_536):
            down.write(content)
            await down.drain()
        down.close()
