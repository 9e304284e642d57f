"""What is sent to addresses that somebody else named: to public ones alone, bounded in time and in size.

No request to an address that is not public leaves this machine: what connects is replaced.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from shared.outgoing import NotPublic, Outgoing, Unanswered, Unknown
from tests.nameserver import answering

PUBLIC = "93.184.215.14"
METADATA = "169.254.169.254"

SPELLINGS = [
    # loopback; the digits of others are what is meant here
    "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.1./", "https://127.8.9.1/",
    "https://0/", "https://0.0.0.0/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[::ffff:0:127.0.0.1]/",
    "https://①②⑦.⓪.⓪.①/", "https://１２７.０.０.１/", "https://127。0。0。1/", "https://١٢٧.٠.٠.١/",  # noqa: RUF001
    # metadata and link-local
    "https://169.254.169.254/", "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/",
    "https://[::ffff:169.254.169.254]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fd00:ec2::254]/",
    "https://168.63.129.16/", "https://[::ffff:168.63.129.16]/", "https://100.100.100.200/", "https://192.0.0.192/",
    # what carries another address inside
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::]/", "https://[2001:0:a9fe:a9fe::]/", "https://[64:ff9b::a83f:8110]/",
    # networks of one's own, and what is no place at all
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://[fec0::1]/",
    "https://[fc00::1]/", "https://224.0.0.1/", "https://255.255.255.255/", "https://198.18.0.1/", "https://[ff02::1]/",
    # disguises
    "https://example.org@127.0.0.1/", "https://user:password@example.org/", "https://example.org:22/",
    "https://example.org:0/", "https://example.org\\@127.0.0.1/", "https://127.0.0.1%00.example.org/", "https:///lapor",
    "https://exa mple.org/", "https://example.org\t@127.0.0.1/", "http://example.org/", "ftp://example.org/",
    "file:///etc/passwd", "gopher://127.0.0.1/", "//example.org/", "example.org", "",
]  # fmt: skip

Connected = list[str]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Connected:
    """Where somebody wanted to connect to; nobody ever does."""
    found: Connected = []

    async def connect(*, remote_host: Any, remote_port: int, **_: Any) -> Any:
        found.append(f"{remote_host}:{remote_port}")
        raise ConnectionRefusedError

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    return found


async def post(outgoing: Outgoing, url: str, *, seconds: float = 5.0, most_bytes: int = 1000) -> Any:
    return await outgoing.send("POST", url, headers={}, content=b"{}", seconds=seconds, most_bytes=most_bytes)


@pytest.mark.parametrize("url", SPELLINGS)
async def test_no_spelling_leads_to_an_address_that_is_not_public(url: str, connected: Connected) -> None:
    async with answering(list) as resolver:  # nobody has such a name
        outgoing = Outgoing(production=True, resolver=resolver)
        with pytest.raises((NotPublic, Unknown)):
            await outgoing.check_host(url)
        with pytest.raises((NotPublic, Unanswered)):
            await post(outgoing, url)
        await outgoing.close()
    assert connected == []


async def test_a_host_that_means_another_address_a_moment_later_is_asked_once_and_refused_then(
    connected: Connected,
) -> None:
    answers = [[PUBLIC]]
    async with answering(lambda: answers[-1]) as resolver:
        outgoing = Outgoing(production=True, resolver=resolver)
        await outgoing.check_host("https://tickets.example/")
        with pytest.raises(Unanswered):
            await post(outgoing, "https://tickets.example/")
        assert connected == [f"{PUBLIC}:443"]

        for flipped in ([METADATA], ["127.0.0.1"], ["::1"], ["64:ff9b::a9fe:a9fe"], [PUBLIC, "10.0.0.1"]):
            answers.append(flipped)
            with pytest.raises(NotPublic):
                await post(outgoing, "https://tickets.example/")
            with pytest.raises(NotPublic):
                await outgoing.check_host("https://tickets.example/")
        await outgoing.close()

    assert connected == [f"{PUBLIC}:443"]


async def test_a_host_that_an_operator_names_may_be_private_and_never_link_local(connected: Connected) -> None:
    answers = [["10.1.2.3"]]
    async with answering(lambda: answers[-1]) as resolver:
        outgoing = Outgoing(production=True, own_hosts=["Receiver.Internal"], resolver=resolver)
        with pytest.raises(Unanswered):
            await post(outgoing, "https://RECEIVER.internal.:25/lapor")
        with pytest.raises(NotPublic):
            await post(outgoing, "https://other.internal/lapor")
        with pytest.raises(NotPublic):
            await post(outgoing, "http://receiver.internal/lapor")
        answers.append([METADATA])
        with pytest.raises(NotPublic):
            await post(outgoing, "https://receiver.internal/lapor")
        await outgoing.close()

    assert connected == ["10.1.2.3:25"]


async def test_a_host_without_an_address_is_unknown(connected: Connected) -> None:
    async with answering(list) as resolver:
        outgoing = Outgoing(production=True, resolver=resolver)
        with pytest.raises(Unknown):
            await outgoing.check_host("https://nowhere.example/")
        with pytest.raises(Unanswered, match="connection"):
            await post(outgoing, "https://nowhere.example/")


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


def mine() -> Outgoing:
    return Outgoing(production=False, own_hosts=["127.0.0.1"])


async def test_of_an_endless_answer_no_more_is_read_than_was_wanted() -> None:
    sent = 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while sent < 100_000_000:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with serving(serve) as url:
        outgoing = mine()
        answer = await post(outgoing, url)
        await outgoing.close()

    assert (answer.status, len(answer.body), answer.is_whole) == (200, 1000, False)
    assert sent < 20_000_000


async def test_an_answer_that_drips_is_late() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(serve) as url:
        outgoing = mine()
        with pytest.raises(Unanswered, match="late"):
            await post(outgoing, url, seconds=0.1)
        await outgoing.close()


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    asked = 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(serve) as url:
        outgoing = mine()
        answer = await post(outgoing, url)
        await outgoing.close()

    assert (answer.status, asked) == (307, 1)


async def test_what_is_no_http_is_no_answer() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        await writer.drain()

    async with serving(serve) as url:
        outgoing = mine()
        with pytest.raises(Unanswered, match="protocol"):
            await post(outgoing, url)
        with pytest.raises(Unanswered, match="connection"):
            await post(outgoing, "http://127.0.0.1:1/")
        await outgoing.close()
