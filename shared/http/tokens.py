"""Signed tokens (RFC 9068, Ed25519): how they are made, and what they must say."""

import hashlib
import math
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.clients import AGENCY_ROLES, Client, Role
from shared.errors import Unauthenticated, Unavailable
from shared.http.kinds import ACCESS, TokenKind, is_meant_for
from shared.keys.public import PublicKey, PublicKeys
from shared.keys.purposes import SIGNERS, KeyPurpose
from shared.keys.ring import Key

ISSUER = "lapor"  #: of what services and `lapor token` sign themselves
ALGORITHM = "Ed25519"
CACHED_TOKENS = 10_000
SKEW_SECONDS = 60  #: how far the clock of whoever signed may be ahead of ours
SUBJECT = re.compile(r"[A-Za-z0-9._:@-]{1,128}")  #: goes into the log, into keys and into headers
_AGENCY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Signer:
    """Signs tokens with one key; what the key is for says what its tokens may say (see `Tokens`)."""

    def __init__(self, key: Callable[[], Key], *, issuer: str = ISSUER) -> None:
        self._key = key
        self._issuer = issuer

    def mint(
        self,
        role: Role,
        *,
        sub: str,
        agency: str | None = None,
        scopes: Iterable[str] = (),
        seconds: int = 3600,
        kind: TokenKind = ACCESS,
        **more: Any,
    ) -> str:
        """`more`: further claims."""
        if not SUBJECT.fullmatch(sub):
            raise ValueError("a token's subject is 1 to 128 of A-Z, a-z, 0-9, dot, underscore, colon, @ and hyphen")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": kind.audience,
            "sub": sub,
            "client_id": sub,
            "role": role.value,
            "iat": now,
            "exp": now + seconds,
            "jti": secrets.token_urlsafe(16),
            **more,
        }
        if agency is not None:
            claims["agency"] = agency
        if scope := " ".join(scopes):
            claims["scope"] = scope
        key = self._key()
        return jwt.encode({"alg": ALGORITHM, "typ": kind.type, "kid": key.id}, claims, key.pair, algorithms=[ALGORITHM])


class Standings(Protocol):
    """What the registry says of whoever the issuer gave a token to; it may have changed since."""

    def standing(self, claims: Mapping[str, Any]) -> Client | None:
        """None: nobody whom it lets in any more. Raises Behind."""

    async def catch_up(self) -> None:
        """Ask the registry what has changed."""


class Behind(Unavailable):
    """What is known of the registry may be older than a token of just now: `catch_up`, and ask again."""

    code = "accounts_unread"

    def __init__(self) -> None:
        super().__init__("The registry of accounts cannot be read; try again in a moment.")


class Tokens:
    """Verifies tokens by public keys; a verified one is remembered by its hash until it expires.

    A token of the issuer has any role but `service`, and says no more than the registry says now. A token of a service
    speaks for that service alone, to the one that it names. One of `lapor token` is only good outside of production.
    """

    def __init__(self, keys: Callable[[], PublicKeys], *, issuer: str, production: bool, service: str = "") -> None:
        self._keys = keys
        self._service = service
        self._issuer = issuer
        self.production = production
        self._verified: OrderedDict[bytes, tuple[Client, dict[str, Any] | None]] = OrderedDict()
        self.standings: Standings | None = None

    async def catch_up(self) -> None:
        """After Behind."""
        if self.standings is not None:
            await self.standings.catch_up()

    def verify(self, token: str, kind: TokenKind = ACCESS) -> Client:
        """Raises Unauthenticated for a token that is foreign, malformed or expired, or whose bearer was shut out.

        Raises Behind, too.
        """
        digest = hashlib.sha256(f"{kind.type} {token}".encode()).digest()
        remembered = self._verified.get(digest)
        if remembered is None:
            remembered = self._verified[digest] = self._decode(token, kind)
            if len(self._verified) > CACHED_TOKENS:
                self._verified.popitem(last=False)
        client, issued = remembered
        if client.expires_at <= time.time():
            self._verified.pop(digest, None)
            raise Unauthenticated("The token has expired; ask for a new one.", code="token_expired")
        return client if issued is None else self._standing(client, issued)

    def issued(self, token: str) -> dict[str, Any] | None:
        """What a token of the issuer says that has not expired; nobody asks the registry. None: it is none."""
        try:
            client, claims = self._decode(token, ACCESS)
        except Unauthenticated:
            return None
        return claims if client.expires_at > time.time() else None

    def _standing(self, client: Client, claims: dict[str, Any]) -> Client:
        if self.standings is None:
            return client
        found = self.standings.standing(claims)
        if found is None:
            raise Unauthenticated("This token was taken back; log in again.", code="token_revoked")
        return found

    def _decode(self, token: str, kind: TokenKind) -> tuple[Client, dict[str, Any] | None]:
        try:
            header = jws.extract_compact(token.encode()).headers()
            key, pair = self._key_of(header, kind)
            claims = jwt.decode(token, pair, algorithms=[ALGORITHM]).claims
            now = time.time()
            self._check_signer(key, claims, now)
            return _client(claims, now, kind), claims if key.purpose is KeyPurpose.TOKENS else None
        except (JoseError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise Unauthenticated("The token is not one of ours; ask for a new one.", code="invalid_token") from error

    def _key_of(self, header: Mapping[str, Any], kind: TokenKind) -> tuple[PublicKey, OKPKey]:
        found = self._keys().find(_text(header["kid"]))
        if found is None or found[0].purpose not in SIGNERS:
            raise ValueError("unknown key")
        if not kind.has_type(header.get("typ")):
            raise ValueError("a token of another kind")
        return found

    def _check_signer(self, key: PublicKey, claims: Mapping[str, Any], now: float) -> None:
        """Raises ValueError where the key may not sign what the token says."""
        if key.until_at is not None and now >= key.until_at.timestamp() + SKEW_SECONDS:
            raise ValueError("a key of the past")
        serves = claims["role"] == Role.SERVICE
        if key.purpose is KeyPurpose.SERVICE:
            if not serves or claims["sub"] != key.service or claims["iss"] != ISSUER:
                raise ValueError("a service speaks for itself alone")
            if not is_meant_for(self._service, claims.get("aud")):
                raise ValueError("said to another service")
        elif key.purpose is KeyPurpose.TOKENS:
            if serves or claims["iss"] != self._issuer:
                raise ValueError("the issuer makes nobody a service")
        elif self.production or claims["iss"] != ISSUER:
            raise ValueError("for development alone")


def _client(claims: dict[str, Any], now: float, kind: TokenKind) -> Client:
    """Raises KeyError, TypeError, ValueError for claims that are missing, of another type, or not meant for us."""
    _check_audience(claims, kind)
    for claim in ("nbf", "iat"):
        if claim in claims and _instant(claims[claim]) > now + SKEW_SECONDS:
            raise ValueError(f"{claim} lies in the future")
    agency, scope, role = claims.get("agency"), claims.get("scope", ""), Role(_text(claims["role"]))
    if agency is None and role in AGENCY_ROLES:
        raise ValueError("no agency")
    if agency is not None and not _AGENCY.fullmatch(_text(agency)):
        raise ValueError("odd agency")
    if not SUBJECT.fullmatch(_text(claims["sub"])):
        raise ValueError("odd subject")
    return Client(claims["sub"], role, agency, frozenset(_text(scope).split()), int(_instant(claims["exp"])))


def _check_audience(claims: dict[str, Any], kind: TokenKind) -> None:
    """The issuer may leave it out of an access token; a token that names another audience is not for us."""
    if kind.names_audience or "aud" in claims:
        audience = claims["aud"]
        if kind.audience not in (audience if isinstance(audience, list) else [_text(audience)]):
            raise ValueError("foreign audience")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _instant(value: Any) -> float:
    """Seconds since 1970, as RFC 7519 has them: any JSON number, and nothing that only looks like one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not an instant")
    return value
