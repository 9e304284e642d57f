"""A DNS of one's own, on a port of this machine: it answers with whatever the test says at that moment."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import cast

from ssrfguard.resolvers import UdpResolver

A, AAAA = 1, 28
Answer = Callable[[], list[str]]


class _Nameserver(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\x00", 12) + 5
        (kind,) = struct.unpack("!H", data[end - 4 : end - 2])
        found = [ip_address(one).packed for one in self._answer()]
        records = [packed for packed in found if len(packed) == (4 if kind == A else 16)]
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(records), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(one)) + one for one in records)
        self._transport.sendto(head + data[12:end] + body, addr)


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[UdpResolver]:
    """What asks it, each time anew: `answer` gives the addresses, of both families."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Nameserver(answer), ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    families = (socket.AF_INET6, socket.AF_INET)
    try:
        yield UdpResolver(nameservers=("127.0.0.1",), nameserver_port=port, families=families, timeout=5.0)
    finally:
        transport.close()
