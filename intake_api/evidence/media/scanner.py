"""Asks ClamAV, over clamd's socket, whether a file is known to do harm: clamd(8), the command INSTREAM."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

#: One chunk of INSTREAM; clamd adds them up.
CHUNK_BYTES = 128 * 1024
_ANSWER_BYTES = 4096
_FOUND = re.compile(r"stream: (.+) FOUND")
_HOST = re.compile(r"(?:tcp://)?(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):(?P<port>\d{1,5})")


class ScannerAway(Exception):
    """clamd is not there, does not answer, or cannot say: the file waits. The words are for the log."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """`LAPOR_CLAMD`: `unix:/run/clamav/clamd.ctl`, or `host:port`."""

    path: str | None
    host: str = ""
    port: int = 0
    seconds: float = 60.0

    @classmethod
    def at(cls, address: str, *, seconds: float = 60.0) -> Self:
        """Raises ValueError."""
        if address.startswith(("unix:", "/")):
            path = address.removeprefix("unix:").removeprefix("//")
            if not path.startswith("/"):
                raise ValueError("write the socket as unix:/run/clamav/clamd.ctl")
            return cls(path, seconds=seconds)
        match = _HOST.fullmatch(address)
        if match is None or not 0 < int(match["port"]) < 65_536:
            raise ValueError("write it as unix:/run/clamav/clamd.ctl, or as host:port")
        return cls(None, match["host"].strip("[]"), int(match["port"]), seconds)

    async def scan(self, content: AsyncIterator[bytes]) -> str | None:
        """The name of the signature that was found; None: nothing was. Raises ScannerAway, and what reading raises."""
        try:
            async with asyncio.timeout(self.seconds), self._connected() as (reader, writer):
                writer.write(b"zINSTREAM\0")
                refused = not await _sent(content, writer)
                answer = await reader.read(_ANSWER_BYTES)
                if refused and not answer:
                    raise ScannerAway("clamd closed the connection while it was sent a file")
        except (OSError, EOFError, TimeoutError) as error:
            raise ScannerAway(f"{type(error).__name__} on the socket of clamd") from error
        return _read(answer)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        if self.path is not None:
            reader, writer = await asyncio.open_unix_connection(self.path)
        else:
            reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def _sent(content: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> bool:
    """False: clamd has had enough, and perhaps said why."""
    async for block in content:
        for at in range(0, len(block), CHUNK_BYTES):
            chunk = block[at : at + CHUNK_BYTES]
            try:
                writer.write(len(chunk).to_bytes(4) + chunk)
                await writer.drain()
            except ConnectionError:
                return False
    try:
        writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        return False
    return True


def _read(answer: bytes) -> str | None:
    said = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if said == "stream: OK":
        return None
    found = _FOUND.fullmatch(said)
    if found is not None:
        return found[1]
    if "size limit exceeded" in said:
        raise ScannerAway("clamd takes no file of this size: raise its StreamMaxLength to LAPOR_EVIDENCE_MIB")
    raise ScannerAway("clamd answered what we do not know")
