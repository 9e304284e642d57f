"""Who asks, and how much: each client, each access code and each address has a bucket of its own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.types import Scope

from shared.clients import Client, Role
from shared.clients import Scope as TokenScope
from shared.http.door.buckets import BucketEmpty, Buckets, Rate
from shared.http.limits.subjects import of_address
from shared.settings import Settings

#: What a wrong access code or token costs, in requests more, and a body made to hurt: whoever guesses has few guesses.
PRICE_OF_ABUSE = 10.0
_SPEAK_FOR_MANY = frozenset({Role.REPORTER_APP, Role.CHANNEL})


#: Whose bucket it is, in words; and its key.
Drawn = tuple[str, Buckets, object]
_IMPORT = TokenScope.IMPORT.value


@dataclass(slots=True)
class Visitor:
    """`address` is empty where there is a client; `code` is a hash, so that no clear access code is kept."""

    client: Client | None
    address: str
    code: bytes | None = None
    drawn_from: Sequence[Drawn] | None = field(default=None, init=False)  #: found out once in a request, by the limits

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
                raise BucketEmpty(whose, buckets.rate, wait)

    def draw(self, visitor: Visitor, now: float) -> None:
        """Raises TooManyRequests."""
        for whose, buckets, key in self._drawn_from(visitor):
            if wait := buckets.wait(key, now):
                raise BucketEmpty(whose, buckets.rate, wait)

    def _drawn_from(self, visitor: Visitor) -> Sequence[Drawn]:
        """A client with a token draws from its own bucket, not from its address's."""
        if visitor.drawn_from is None:
            visitor.drawn_from = self._buckets_of(visitor)
        return visitor.drawn_from

    def _buckets_of(self, visitor: Visitor) -> Sequence[Drawn]:
        client, code = visitor.client, visitor.code
        if client is None:
            first: Drawn = ("address", self._addresses, visitor.address)
        elif self._is_unlimited(client):
            return ()
        else:
            first = ("client", self._clients, visitor.caller)
        return (first,) if code is None else (first, ("access code", self._codes, code))

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
        return client.role is Role.SERVICE or client.sub in self._unlimited or _IMPORT in client.scopes


def address_of(scope: Scope) -> str:
    """The address that limits hold for. That of a proxy's client stands here only if the proxy is a trusted one."""
    peer = scope.get("client")
    return "" if peer is None else of_address(str(peer[0]))


def code_key(headers: Mapping[bytes, bytes], path: str) -> bytes | None:
    code = headers.get(b"x-access-code")
    return None if code is None else hashlib.sha256(code + b"\x1f" + path.encode("utf-8", "replace")).digest()
