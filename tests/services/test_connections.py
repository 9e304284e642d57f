"""Connections, with real sockets to a server in this process: headers, idle hours, how many."""

import asyncio
import contextlib
import pickle
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from services import connections, ports
from services.connections import Bounds, GuardedProtocol, Watch
from shared.http.door.bodies import KIB
from tests.factories import settings
from tests.waiting import PATIENCE_SECONDS, patiently, until

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(connections, "HEADER_SECONDS", PATIENCE_SECONDS)  # until a test has sent what it wants to


Late = Callable[[], None]


@pytest.fixture
def all_are_late(monkeypatch: pytest.MonkeyPatch) -> Late:
    """From now on, whose headers are not whole."""
    return lambda: monkeypatch.setattr(connections, "HEADER_SECONDS", 0.0)


class App:
    """Answers at once, `/slow` when it is told to, `/large` with a mebibyte; never reads a body."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.released = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        if scope["path"] == "/slow":
            await self.released.wait()
        if scope["path"] == "/body":
            while (await receive()).get("more_body"):
                pass
        body = b"x" * (16 * 1024 * KIB if scope["path"] == "/large" else 2)
        length = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Server:
    port: int
    watch: Watch
    writers: list[Writer] = field(default_factory=list)

    async def opened(self) -> tuple[Reader, Writer]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        return reader, writer

    async def close(self) -> None:
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(app: App, **changes: Any) -> AsyncIterator[Server]:
    guarded: Any = connections.guarded(settings("postgresql://x/y", **changes))
    port = ports.free_port()
    config = uvicorn.Config(app, port=port, http=guarded, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    started = Server(port, guarded.keywords["watch"])
    try:
        yield started
    finally:
        app.released.set()
        await started.close()
        await server.shutdown()


async def answered(reader: Reader) -> int:
    """The status of one answer, read to its end; 0: the connection was closed without."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return int(head.split()[1])


async def sent_for_ever(writer: Writer) -> None:
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def ended(reader: Reader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def test_requests_follow_each_other_on_one_connection_and_in_one_packet() -> None:
    app = App()
    async with serving(app) as server, patiently():
        reader, writer = await server.opened()
        writer.write((GET + b"\r\n") * 3)
        assert [await answered(reader) for _ in range(3)] == [200, 200, 200]
        writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab")
        await until(lambda: len(server.watch.sending) == 1)
        writer.write(b"c" + GET + b"\r\n")
        assert [await answered(reader) for _ in range(2)] == [200, 200]
        writer.close()
        await until(lambda: not server.watch.open)
        assert (server.watch.waiting, server.watch.sending) == ({}, {})


@pytest.mark.parametrize(("size", "status"), [(32 * KIB - 30, 200), (33 * KIB, 431)])
@pytest.mark.parametrize("ends", [True, False])
async def test_headers_are_bounded_whether_they_end_or_not(size: int, status: int, ends: bool) -> None:
    app = App()
    async with serving(app) as server, patiently():
        reader, writer = await server.opened()
        writer.write(GET + b"A: " + b"x" * (size - len(GET) - 3) + (b"\r\n\r\n" if ends else b""))
        if status == 200 and not ends:
            writer.write(b"\r\n\r\n")
        assert await answered(reader) == status
        assert len(app.asked) == (status == 200)
        writer.close()


async def test_headers_in_many_small_lines_and_an_address_without_end_count_too() -> None:
    async with serving(App()) as server, patiently():
        for begin in (GET + b"a:b\r\n" * 7_000, b"GET /" + b"a" * 40_000):
            reader, writer = await server.opened()
            writer.write(begin)
            assert await answered(reader) == 431
            writer.close()


async def test_whoever_sends_headers_slowly_hears_why_and_is_closed(all_are_late: Late) -> None:
    async with serving(App()) as server, patiently():
        reader, writer = await server.opened()
        writer.write(b"GET / HT")
        await until(lambda: any(each._begun for each in server.watch.waiting))
        all_are_late()
        assert await answered(reader) == 408
        assert await ended(reader)
        writer.close()
        await until(lambda: not server.watch.open)


async def test_a_connection_on_which_nothing_comes_is_closed_before_and_between_requests(all_are_late: Late) -> None:
    async with serving(App()) as server, patiently():
        silent, _silent = await server.opened()
        reader, writer = await server.opened()
        writer.write(GET + b"\r\n")
        assert await answered(reader) == 200
        assert len(server.watch.waiting) == 2
        all_are_late()
        assert await ended(silent)
        assert await ended(reader)


async def test_whoever_trickles_the_next_headers_is_closed_too(all_are_late: Late) -> None:
    async with serving(App()) as server, patiently():
        reader, writer = await server.opened()
        writer.write(GET + b"\r\nGET")
        assert await answered(reader) == 200
        await until(lambda: any(each._begun for each in server.watch.waiting))
        all_are_late()
        assert await answered(reader) == 408


async def test_whoever_sent_while_the_loop_was_held_up_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LATE_SECONDS", 0.1)
    async with serving(App()) as server, patiently():
        reader, writer = await server.opened()
        await until(lambda: server.watch.waiting)
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.15)
        writer.write(GET + b"\r\n")
        time.sleep(0.4)
        assert await answered(reader) == 200


async def test_an_answer_that_takes_long_is_waited_for(all_are_late: Late) -> None:
    app = App()
    async with serving(app) as server, patiently():
        reader, writer = await server.opened()
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: app.asked)
        all_are_late()
        await asyncio.sleep(0.1)  # it is looked at some times
        app.released.set()
        assert await answered(reader) == 200
        writer.close()


async def test_whoever_sends_on_after_a_refusal_is_cut_off() -> None:
    async with serving(App()) as server, patiently():
        _, writer = await server.opened()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            await sent_for_ever(writer)
        assert not server.watch.open


async def test_whoever_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READING_SECONDS", 0.05)
    monkeypatch.setattr(connections, "SLOWEST_READER", 1024 * 1024 * 1024)
    app = App()
    async with serving(app) as server, patiently():
        _, writer = await server.opened()
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: app.asked)
        await until(lambda: not server.watch.open)
        writer.close()


async def test_beyond_the_bound_whoever_has_been_unfinished_longest_makes_room() -> None:
    app = App()
    async with serving(app, connections=2) as server, patiently():
        sending, writer = await server.opened()
        writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
        await until(lambda: len(server.watch.sending) == 1)
        await server.opened()
        await until(lambda: len(server.watch.open) == 2)
        third, third_writer = await server.opened()
        third_writer.write(GET + b"\r\n")

        assert await answered(third) == 200
        assert await ended(sending)
        assert len(server.watch.open) == 2


async def test_where_every_connection_waits_for_its_answer_the_next_one_is_refused() -> None:
    app = App()
    async with serving(app, connections=1) as server, patiently():
        first, writer = await server.opened()
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: app.asked)
        second, _second = await server.opened()

        assert await answered(second) == 503
        app.released.set()
        assert await answered(first) == 200


async def test_one_address_has_so_many_and_this_machine_and_a_proxy_any(monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings("postgresql://x/y", connections_per_address=1, trusted_proxies="10.0.0.0/8, 192.0.2.9")
    bounds = Bounds.of(known)

    assert all(bounds.hold_for(address) for address in ("192.0.2.1", "2001:db8::1"))
    assert not any(bounds.hold_for(each) for each in ("127.0.0.1", "::1", "10.1.2.3", "192.0.2.9", ""))
    monkeypatch.setattr(Bounds, "hold_for", lambda _self, _address: True)
    async with serving(App(), connections_per_address=1) as server, patiently():
        _first, writer = await server.opened()
        await until(lambda: server.watch.open)
        second, _ = await server.opened()
        assert await answered(second) == 429
        writer.close()
        await until(lambda: not server.watch.open)
        third, third_writer = await server.opened()
        third_writer.write(GET + b"\r\n")
        assert await answered(third) == 200


async def test_thousands_of_requests_in_one_packet_are_not_queued() -> None:
    app = App()
    async with serving(app) as server, patiently():
        reader, writer = await server.opened()
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" * 3_000)
        assert await ended(reader)
        assert len(app.asked) == 1


class Waiting(App):
    """Answers whoever has gone away."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.gone.set()


async def test_whatever_works_for_somebody_who_was_cut_off_hears_of_it() -> None:
    """Else it writes to a connection that there is not, which uvloop takes for an error."""
    app = Waiting()
    async with serving(app) as server, patiently():
        reader, writer = await server.opened()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3_000)
        assert await ended(reader)
        await app.gone.wait()


def test_a_worker_process_gets_the_bounds_and_a_watch_of_its_own() -> None:
    factory: Any = connections.guarded(settings("postgresql://x/y", connections=7))

    copied = pickle.loads(pickle.dumps(factory))

    assert copied.func is GuardedProtocol
    assert copied.keywords["watch"].bounds == factory.keywords["watch"].bounds
    assert copied.keywords["watch"] is not factory.keywords["watch"]


@pytest.mark.parametrize("name", ["*", "proxy.example", "10.0.0.1/99"])
def test_a_trusted_proxy_is_named_by_its_address(name: str) -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        settings("postgresql://x/y", trusted_proxies=name)
