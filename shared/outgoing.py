"""HTTP to addresses that somebody else named: a receiver of webhooks, a picture that a channel points to.

Such an address must lie in public: it is checked as it is written, the host is looked up once, every answer is checked,
and the connection is made to what was checked, whatever the host means a moment later (`ssrfguard`). An operator may
name hosts that lie in a network of their own. Redirects are not followed, an answer is read so far and no further, and
the whole takes so long and no longer.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_network
from itertools import cycle
from typing import Any

import anyio.to_thread
import httpx
from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Policy, Reach, Resolver, SSRFGuardError, Target, resolve
from ssrfguard.httpx import AsyncClient
from ssrfguard.resolvers import UdpResolver

#: For the whole of a lookup, and for each address that is tried.
LOOKUP_SECONDS = CONNECT_SECONDS = 5.0
POOLS = 8
_EVERY_PORT = frozenset(range(1, 65_536))
#: Of those below, which services of machines have, the two of the web.
_LOW_PORTS = frozenset({80, 443})
_FIRST_HIGH_PORT = 1024
_EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
#: What a network of one's own has. Never link-local: there clouds tell secrets to whoever asks.
_OWN_NETWORKS = tuple(
    ip_network(one)
    for one in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
#: What the table of the library lets through: a service of one cloud that lies among public addresses, and of IPv6 all
#: that was never given out, such as addresses that translate to others.
_MORE = (
    Block(ip_network("168.63.129.16/32"), "Azure's platform", "", Reach.DENIED),
    Block(ip_network("::/0"), "not given out", "RFC4291", Reach.DENIED),
    Block(ip_network("2000::/3"), "Global Unicast", "RFC4291", Reach.PERMITTED),
)
_TABLE = AddressTable((*DEFAULT_DENIED.blocks, *_MORE))
#: What some read as an address: the last part of no name is a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class NotPublic(Exception):
    """Nothing is sent there. `reason`: which rule says so."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unknown(Exception):
    """The host has no address, or nobody could say which."""


class Unanswered(Exception):
    """No answer. `code`: late, tls, connection or protocol."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answered:
    """`body`: as much of it as was wanted. `is_whole`: there was no more."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


class Outgoing:
    """A client that is kept for long. `own_hosts`: what an operator says may lie in a network of their own."""

    def __init__(
        self, *, production: bool, own_hosts: Iterable[str] = (), connections: int = 100,
        resolver: Resolver | None = None,
    ) -> None:  # fmt: skip
        """`resolver`: instead of what this machine asks."""
        schemes = frozenset({"https"} if production else {"https", "http"})
        self._public = Policy(allowed_schemes=schemes, denied_networks=_TABLE, allowed_ports=_EVERY_PORT)
        self._own = replace(self._public, allowed_networks=_OWN_NETWORKS)
        self._written = replace(self._public, allowed_networks=_EVERYWHERE)  # to read which host is meant
        self._own_hosts = frozenset(host.lower().rstrip(".") for host in own_hosts)
        self._connections = max(1, -(-connections // POOLS))
        self._clients: list[httpx.AsyncClient] = []
        self._resolver = resolver

    def check(self, url: str) -> Target:
        """As far as it can be told without asking anybody. Raises NotPublic."""
        return self._checked(url)[0]

    async def check_host(self, url: str) -> None:
        """Where its host lies now. Raises NotPublic, Unknown."""
        target, policy = self._checked(url)
        try:
            await anyio.to_thread.run_sync(lambda: resolve(target, policy=policy, resolver=self._resolver_for(policy)))
        except SSRFGuardError as error:
            raise NotPublic(_reason(error)) from None
        except OSError as error:
            raise Unknown(type(error).__name__) from None

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float,
        most_bytes: int,
    ) -> Answered:  # fmt: skip
        """`most_bytes` of the answer are read. Raises NotPublic, Unanswered."""
        _, policy = self._checked(url)
        client = next(self._to_own if policy is self._own else self._to_public)
        # What is packed could be a thousand times as long as it looks.
        sent = {"Accept-Encoding": "identity", **headers}
        try:
            async with (
                asyncio.timeout(seconds),  # of all of it: an answer that drips would never be too late
                client.stream(method, url, headers=sent, content=content) as answer,
            ):
                return await _read(answer, most_bytes)
        except SSRFGuardError as error:
            raise NotPublic(_reason(error)) from None
        except (TimeoutError, httpx.TimeoutException):
            raise Unanswered("late") from None
        except httpx.ConnectError as error:
            raise Unanswered("tls" if _is_tls(error) else "connection") from None
        except (httpx.NetworkError, OSError):
            raise Unanswered("connection") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise Unanswered("protocol") from None

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    def _checked(self, url: str) -> tuple[Target, Policy]:
        """Raises NotPublic. A host that an operator named is compared as the lookup will see it."""
        try:
            target = self._written.check_url(url)
            if target.address is None and _NUMBER.fullmatch(target.host.rstrip(".").rpartition(".")[2]):
                raise NotPublic("ends in a number, and is no address")
            is_own = target.host.rstrip(".") in self._own_hosts
            if not is_own and target.port < _FIRST_HIGH_PORT and target.port not in _LOW_PORTS:
                raise NotPublic(f"port {target.port} is not one of the web")
            policy = self._own if is_own else self._public
            return policy.check_url(url), policy
        except SSRFGuardError as error:
            raise NotPublic(_reason(error)) from None
        except ValueError:  # what no URL can be
            raise NotPublic("cannot be read as a URL") from None

    def _resolver_for(self, policy: Policy) -> Resolver:
        """What this machine calls a host of its own may stand in its files. Of anybody else's, DNS tells, in time."""
        if self._resolver is not None:
            return self._resolver
        return socket.getaddrinfo if policy is self._own else _dns

    @cached_property
    def _to_public(self) -> Iterator[httpx.AsyncClient]:
        return self._by_turns(self._public)

    @cached_property
    def _to_own(self) -> Iterator[httpx.AsyncClient]:
        return self._by_turns(self._own)

    def _by_turns(self, policy: Policy) -> Iterator[httpx.AsyncClient]:
        """A pool looks at each of its connections for each request, so that several small ones are quicker."""
        trusted = ssl.create_default_context()  # takes 20 ms each time
        made = [self._client(policy, trusted) for _ in range(POOLS)]
        self._clients += made
        return cycle(made)

    def _client(self, policy: Policy, trusted: ssl.SSLContext) -> httpx.AsyncClient:
        """Trusts the authorities of this machine; SSL_CERT_FILE names others."""
        return AsyncClient(
            policy=policy,
            resolver=self._resolver_for(policy),
            verify=trusted,
            trust_env=False,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections),
        )


async def _read(answer: httpx.Response, most_bytes: int) -> Answered:
    body = bytearray()
    is_whole = True
    async for part in answer.aiter_raw():
        body += part
        if len(body) > most_bytes:
            is_whole = False
            break
    return Answered(answer.status_code, answer.headers, bytes(body[:most_bytes]), is_whole)


def _reason(error: SSRFGuardError) -> str:
    return str(getattr(error, "reason", error))


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _dns(*asked: Any) -> Any:
    """Of the servers in /etc/resolv.conf as they are now. Raises OSError."""
    try:
        return UdpResolver(timeout=LOOKUP_SECONDS)(*asked)
    except ValueError as error:  # it names none, or this is no name
        raise socket.gaierror(str(error)) from None
