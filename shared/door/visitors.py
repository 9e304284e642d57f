"""Who asks, and how much: each client, each access code and each address has a bucket of its own."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

from shared.auth import Client, Role
from shared.auth import Scope as TokenScope
from shared.door.buckets import Buckets, Rate, too_many
from shared.settings import Settings

#: What a wrong access code or token costs, in requests more, and a body made to hurt: whoever guesses has few guesses.
PRICE_OF_ABUSE = 10.0
_SPEAK_FOR_MANY = frozenset({Role.REPORTER_APP, Role.CHANNEL})
_IPV6_PREFIX = 64  #: what one subscriber gets; within it they choose addresses as they like


@dataclass(frozen=True, slots=True)
class Visitor:
    """`address` is empty where there is a client; `code` is a hash, so that no clear access code is kept."""

    client: Client | None
    address: str
    code: bytes | None = None

    @property
    def caller(self) -> str:
        """Whom one name at another agency, or in another role, is not."""
        client = self.client
        return self.address if client is None else f"{client.actor}@{client.agency or ''}"


class Limits:
    def __init__(self, settings: Settings) -> None:
        self._clients = Buckets(Rate(settings.client_requests_per_second, settings.client_burst))
        self._codes = Buckets(Rate(settings.code_requests_per_second, settings.code_burst))
        self._addresses = Buckets(Rate(settings.address_requests_per_second, settings.address_burst))
        self._unlimited = settings.unlimited

    def peek(self, visitor: Visitor, now: float) -> None:
        """Raises TooManyRequests if a bucket is empty. Nothing is drawn before the body is there: a request that is
        never whole costs whoever has the same token nothing.
        """
        for whose, buckets, key in self._drawn_from(visitor):
            if wait := buckets.lacks(key, now):
                raise too_many(whose, wait)

    def draw(self, visitor: Visitor, now: float) -> None:
        """Raises TooManyRequests."""
        for whose, buckets, key in self._drawn_from(visitor):
            if wait := buckets.wait(key, now):
                raise too_many(whose, wait)

    def _drawn_from(self, visitor: Visitor) -> Iterator[tuple[str, Buckets, object]]:
        """A client with a token draws from its own bucket, not from its address's."""
        client = visitor.client
        if client is None:
            yield "address", self._addresses, visitor.address
        elif self._is_unlimited(client):
            return
        else:
            yield "client", self._clients, visitor.caller
        if visitor.code is not None:
            yield "access code", self._codes, visitor.code

    def charge_wrong_proof(self, visitor: Visitor, now: float) -> None:
        """An app or a gateway sends what many people type: one who guesses there must not stop all others, and 160 bits
        are not guessed at the speed of a client.
        """
        if visitor.client is None or visitor.client.role not in _SPEAK_FOR_MANY:
            self.charge(visitor, now)

    def charge(self, visitor: Visitor, now: float) -> None:
        """A wrong access code or token was sent, or a body made to hurt."""
        if visitor.client is None:
            self._addresses.charge(visitor.address, now, PRICE_OF_ABUSE)
        else:
            self._clients.charge(visitor.caller, now, PRICE_OF_ABUSE)

    def _is_unlimited(self, client: Client) -> bool:
        """Services among themselves; a historical import; whom the settings name."""
        return client.role is Role.SERVICE or client.sub in self._unlimited or client.may(TokenScope.IMPORT)


def address_of(scope: Scope) -> str:
    """The address that limits hold for. That of a proxy's client stands here only if the proxy is a trusted one."""
    peer = scope.get("client")
    if peer is None:
        return ""
    try:
        address = ip_address(peer[0].partition("%")[0])
    except ValueError:
        return str(peer[0])[:64]
    if not isinstance(address, IPv6Address):
        return str(peer[0])
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[: _IPV6_PREFIX // 8].hex()


def code_key(headers: Mapping[bytes, bytes], path: str) -> bytes | None:
    code = headers.get(b"x-access-code")
    return None if code is None else hashlib.sha256(code + b"\x1f" + path.encode("utf-8", "replace")).digest()
