"""What hostile clients send, each kind over any number of sockets at once, for as long as the flood lasts."""

import asyncio
import contextlib
import json
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

KIB = 1024
PAUSE_SECONDS = 0.5
AGAIN_SECONDS = 2.0
#: At once, so that the flood itself does not overrun the queue of connections that the kernel keeps.
OPENING_AT_ONCE = 200

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    token: str
    tracking_number: str

    def post(self, path: str, *headers: str, length: int | None = None) -> bytes:
        how = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *headers, how, "", ""]
        return "\r\n".join(lines).encode()

    @property
    def act(self) -> str:
        return f"/v1/reports/{self.tracking_number}"

    @property
    def bearer(self) -> str:
        return f"Authorization: Bearer {self.token}"


Attack = Callable[[Target, Reader, Writer], Coroutine[None, None, None]]


async def _trickle(writer: Writer, piece: bytes) -> None:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(PAUSE_SECONDS)


async def _again_and_again(reader: Reader, writer: Writer, request: bytes) -> None:
    """Over one connection, with the answers thrown away."""
    reading = asyncio.create_task(_thrown_away(reader))
    try:
        while not writer.is_closing() and not reading.done():
            writer.write(request)
            await writer.drain()
            await asyncio.sleep(AGAIN_SECONDS)
    finally:
        reading.cancel()


async def _thrown_away(reader: Reader) -> None:
    while await reader.read(64 * KIB):
        pass


async def idle(_target: Target, reader: Reader, _writer: Writer) -> None:
    await _thrown_away(reader)


async def slow_header(_target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(b"GET /v1/reports HTTP/1.1\r\nHost: x\r\n")
    await _trickle(writer, b"X-A: b\r\n")


async def huge_header(_target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(b"GET /v1/reports HTTP/1.1\r\nHost: x\r\nX-A: ")
    for _ in range(64):
        writer.write(b"a" * 16 * KIB)
        await writer.drain()
    await asyncio.sleep(AGAIN_SECONDS)


async def slow_body(target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(target.post(f"{target.act}/withdrawal", length=100))
    await _trickle(writer, b" ")


async def slow_body_with_a_code(target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(target.post(f"{target.act}/withdrawal", "X-Access-Code: guessed", length=100))
    await _trickle(writer, b" ")


async def slow_body_with_a_token(target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(target.post("/v1/reports", target.bearer, length=20_000))
    await _trickle(writer, b" " * 100)


async def half_a_body(target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(target.post("/v1/reports", target.bearer, length=1_000) + b'{"title": "x"')
    await writer.drain()
    await asyncio.sleep(PAUSE_SECONDS)


async def endless_chunks(target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(target.post("/v1/reports", target.bearer))
    await _trickle(writer, b"2000\r\n" + b" " * 8 * KIB + b"\r\n")


MANY_KEYS = json.dumps({"body": "x", **{f"k{n}": 1 for n in range(9_000)}}).encode()
LONG_TEXT = json.dumps({"title": "x", "body": "kata " * 3_000}).encode()


async def many_keys(target: Target, reader: Reader, writer: Writer) -> None:
    request = target.post(f"{target.act}/replies", "X-Access-Code: guessed", length=len(MANY_KEYS)) + MANY_KEYS
    await _again_and_again(reader, writer, request)


async def kept_alive(_target: Target, reader: Reader, writer: Writer) -> None:
    await _again_and_again(reader, writer, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


async def without_a_token(target: Target, reader: Reader, writer: Writer) -> None:
    await _again_and_again(reader, writer, target.post("/v1/reports/similar", length=len(LONG_TEXT)) + LONG_TEXT)


async def wrong_codes(target: Target, reader: Reader, writer: Writer) -> None:
    body = b'{"body": "x"}'
    request = target.post(f"{target.act}/replies", f"X-Access-Code: {id(writer)}", length=len(body)) + body
    await _again_and_again(reader, writer, request)


async def searches(_target: Target, reader: Reader, writer: Writer) -> None:
    await _again_and_again(reader, writer, b"GET /v1/reports?q=kata HTTP/1.1\r\nHost: x\r\n\r\n")


async def lists(_target: Target, reader: Reader, writer: Writer) -> None:
    await _again_and_again(reader, writer, b"GET /v1/reports?limit=100 HTTP/1.1\r\nHost: x\r\n\r\n")


async def readiness(_target: Target, reader: Reader, writer: Writer) -> None:
    await _again_and_again(reader, writer, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")


async def unread_answers(_target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 4)
    await asyncio.sleep(3_600)


async def pipelined(_target: Target, _reader: Reader, writer: Writer) -> None:
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
    await asyncio.sleep(AGAIN_SECONDS)


ATTACKS: tuple[Attack, ...] = (
    idle, slow_header, huge_header, slow_body, slow_body_with_a_code, slow_body_with_a_token, half_a_body,
    endless_chunks, many_keys, kept_alive, without_a_token, wrong_codes, searches, lists, readiness, unread_answers,
    pipelined,
)  # fmt: skip


def allow_sockets(count: int) -> None:
    """Of this process; the services ask for theirs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count + 500, hard), hard))


@asynccontextmanager
async def flood(attack: Attack, target: Target, sockets: int) -> AsyncIterator[None]:
    """Begins when all sockets have been tried once; whoever is cut off comes back."""
    gate, tried = asyncio.Semaphore(OPENING_AT_ONCE), asyncio.Barrier(sockets + 1)
    tasks = [asyncio.create_task(_attacker(attack, target, gate, tried)) for _ in range(sockets)]
    try:
        await tried.wait()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _attacker(attack: Attack, target: Target, gate: asyncio.Semaphore, tried: asyncio.Barrier) -> None:
    first = True
    while True:
        writer = None
        try:
            async with gate:
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
            if first:
                first = False
                await tried.wait()
            if writer is not None:
                with contextlib.suppress(OSError):
                    await attack(target, reader, writer)
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            if writer is not None:
                writer.transport.abort()
