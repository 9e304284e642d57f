"""Who calls: signed tokens (JWT, HS256), their roles and scopes. Accounts and OAuth2 are another matter."""

import hashlib
import math
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.clients import AGENCY_ROLES, CLIENT, Client, Role
from shared.errors import Forbidden, Unauthenticated

ISSUER = "lapor"
ALGORITHM = "HS256"
CACHED_TOKENS = 10_000
SKEW_SECONDS = 60  #: how far the clock of whoever signed may be ahead of ours
SUBJECT = re.compile(r"[A-Za-z0-9._:@-]{1,128}")  #: goes into the log, into keys and into headers
_AGENCY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Tokens:
    """Mints and verifies tokens; a verified one is remembered by its hash until it expires."""

    def __init__(self, signing_key: str) -> None:
        self._key = OctKey.import_key(signing_key)
        self._verified: OrderedDict[bytes, Client] = OrderedDict()

    def mint(
        self,
        role: Role,
        *,
        sub: str,
        agency: str | None = None,
        scopes: Iterable[str] = (),
        seconds: int = 3600,
    ) -> str:
        if not SUBJECT.fullmatch(sub):
            raise ValueError("a token's subject is 1 to 128 of A-Z, a-z, 0-9, dot, underscore, colon, @ and hyphen")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": sub,
            "role": role.value,
            "iat": now,
            "exp": now + seconds,
        }
        if agency is not None:
            claims["agency"] = agency
        if scope := " ".join(scopes):
            claims["scope"] = scope
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, self._key)

    def verify(self, token: str) -> Client:
        """Raises Unauthenticated for a token that is foreign, malformed or expired."""
        digest = hashlib.sha256(token.encode()).digest()
        client = self._verified.get(digest)
        if client is None:
            client = self._decode(token)
            self._verified[digest] = client
            if len(self._verified) > CACHED_TOKENS:
                self._verified.popitem(last=False)
        if client.expires_at <= time.time():
            self._verified.pop(digest, None)
            raise Unauthenticated("The token has expired; ask for a new one.", code="token_expired")
        return client

    def _decode(self, token: str) -> Client:
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            return _client(claims, time.time())
        except (JoseError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise Unauthenticated("The token is not one of ours; ask for a new one.", code="invalid_token") from error


def _client(claims: dict[str, Any], now: float) -> Client:
    """Raises KeyError, TypeError, ValueError for claims that are missing, of another type, or not meant for us."""
    if claims["iss"] != ISSUER:
        raise ValueError("foreign issuer")
    _check_audience(claims)
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


def _check_audience(claims: dict[str, Any]) -> None:
    """The issuer may leave it out; a token that names another audience is not for us."""
    if "aud" in claims:
        audience = claims["aud"]
        if ISSUER not in (audience if isinstance(audience, list) else [_text(audience)]):
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


def no_token() -> Unauthenticated:
    return Unauthenticated("Send a token: Authorization: Bearer <token>.")


def client_of_header(header: str | None, tokens: Tokens) -> Client | None:
    """Raises Unauthenticated for a header that is no token of ours; None: there is no header."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        raise no_token()
    return tokens.verify(token.strip())


class _Bearer(HTTPBearer):
    """A security scheme for the OpenAPI page, that answers like the rest of the API."""

    def __init__(self, *, optional: bool) -> None:
        super().__init__(bearerFormat="JWT", scheme_name="bearer", auto_error=False)
        self.optional = optional

    async def __call__(self, request: Request) -> Client | None:  # type: ignore[override]
        if CLIENT in request.scope:  # the door has looked already
            client: Client | None = request.scope[CLIENT]
        else:
            client = client_of_header(request.headers.get("authorization"), request.app.state.tokens)
        if client is None and not self.optional:
            raise no_token()
        return client


_required, _optional = _Bearer(optional=False), _Bearer(optional=True)


def is_bearer(dependency: object) -> bool | None:
    """Whether a dependency that asks for a token could do without; None: it asks for none."""
    return dependency.optional if isinstance(dependency, _Bearer) else None


CurrentClient = Annotated[Client, Depends(_required)]
OptionalClient = Annotated[Client | None, Depends(_optional)]


async def client_of(request: Request) -> Client:
    """What `CurrentClient` is, for an endpoint that has no dependencies solved."""
    client = await _required(request)
    assert client is not None
    return client


@dataclass(frozen=True, slots=True)
class Allowed:
    """A dependency: the client, if it has one of the roles; else 403. The door reads the roles before the body."""

    roles: tuple[Role, ...]

    async def __call__(self, client: CurrentClient) -> Client:
        self.check(client)
        return client

    def check(self, client: Client) -> None:
        """Raises Forbidden."""
        if client.role not in self.roles:
            raise Forbidden(f"The role {client.role.value} may not do this; it takes {' or '.join(self.roles)}.")


def allow(*roles: Role) -> Allowed:
    return Allowed(roles)


ServiceClient = Annotated[Client, Depends(allow(Role.SERVICE))]
