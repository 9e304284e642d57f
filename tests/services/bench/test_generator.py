"""The load generator, against a server that answers as the test wants."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from services.bench import load
from services.bench.generator import Generator, Job, Result
from services.ports import free_port
from services.trouble import CannotRun
from tests.waiting import PATIENCE_SECONDS

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

Answer = Callable[[int], Awaitable[bytes | None]]


@contextlib.asynccontextmanager
async def a_server(answer: Answer) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers the n-th request with `answer(n)`, and hangs up at None; also gives all requests that came."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                received.append(head + await reader.readexactly(length))
                reply = await answer(len(received) - 1)
                if reply is None:
                    break
                writer.write(reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], received
    finally:
        server.close()


async def created(_: int) -> bytes:
    return CREATED


@dataclass
class Ran:
    result: Result
    received: list[bytes]


async def ran(job: Job, answer: Answer, *, enough: Callable[[Ran], bool]) -> Ran:
    """On a machine that is busy with other things a run of a moment may see nothing: then a longer one."""
    while True:
        async with a_server(answer) as (port, received):
            found = Ran(await Generator(replace(job, port=port)).run(), received)
        if enough(found) or job.seconds > PATIENCE_SECONDS:
            return found
        job = replace(job, seconds=4 * job.seconds)


async def test_a_closed_loop_sends_different_reports_and_counts_every_answer() -> None:
    job = Job(0, seconds=0.3, connections=4, warm_up_seconds=0)
    found = await ran(job, created, enough=lambda found: len(found.result.latencies_ms) > 10)

    result, received = found.result, found.received
    assert result.statuses == {"201": len(result.latencies_ms)}
    assert result.sent == len(received) == len(set(received)) > 10
    assert result.seconds >= 0.3
    assert result.per_second == len(result.latencies_ms) / result.seconds
    result.require_only(201)


async def test_what_is_answered_in_the_warm_up_does_not_count() -> None:
    job = Job(0, seconds=0.1, connections=1, warm_up_seconds=0.3)
    found = await ran(job, created, enough=lambda found: bool(found.result.latencies_ms))

    assert 0 < len(found.result.latencies_ms) < len(found.received)


async def test_an_open_loop_counts_the_time_that_a_request_had_to_wait_for_its_turn() -> None:
    async def stalls_once(n: int) -> bytes:
        await asyncio.sleep(0.3 if n == 0 else 0)
        return CREATED

    async with a_server(stalls_once) as (port, received):
        job = Job(port, seconds=0.5, connections=1, warm_up_seconds=0, rate=100)
        result = await Generator(job).run()

    assert len(received) == len(result.latencies_ms) == 50
    # Those intended during the stall waited for it: about 300, 290, 280 ... ms.
    assert sum(latency > 100 for latency in result.latencies_ms) >= 15


async def test_answers_are_kept_when_asked_for() -> None:
    job = Job(0, seconds=0.1, connections=1, warm_up_seconds=0, keep_answers=True)
    result = (await ran(job, created, enough=lambda found: bool(found.result.latencies_ms))).result

    assert {body for _, body in result.answers} == {"{}"}
    assert len(result.answers) == len(result.latencies_ms)


@pytest.mark.parametrize("reply", [BUSY, None])
async def test_errors_and_broken_connections_are_noticed(reply: bytes | None) -> None:
    async def fails(n: int) -> bytes | None:
        return reply if n == 3 else CREATED

    job = Job(0, seconds=0.2, connections=2, warm_up_seconds=0)
    result = (await ran(job, fails, enough=lambda found: len(found.result.latencies_ms) > 4)).result

    assert result.statuses["503" if reply else "0"] == 1
    with pytest.raises(ValueError, match="nothing but 201"):
        result.require_only(201)


async def test_a_run_in_a_process_of_its_own_brings_back_the_same_result() -> None:
    async with a_server(created) as (port, received):
        job = Job(port, seconds=0.2, connections=2, numbers=["1234567897", "0000000000"])
        while not (result := await load.run(job)).latencies_ms:
            job = replace(job, seconds=4 * job.seconds)

    result.require_only(201)
    assert {request.split(b" ")[1] for request in received} == {b"/v1/reports/1234567897", b"/v1/reports/0000000000"}


async def test_a_run_against_nothing_says_what_is_wrong() -> None:
    with pytest.raises(CannotRun, match="load generator"):
        await load.run(Job(free_port(), seconds=0.1))
