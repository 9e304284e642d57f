"""Who calls: signed tokens (JWT, HS256), their roles and scopes. Accounts and OAuth2 are another matter."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.errors import Forbidden, Unauthenticated

ISSUER = "lapor"
ALGORITHM = "HS256"
CACHED_TOKENS = 10_000


class Role(StrEnum):
    REPORTER_APP = auto()
    CHANNEL = auto()
    NATIONAL_ADMIN = auto()
    COORDINATOR = auto()
    LIAISON_OFFICER = auto()
    AGENCY_HEAD = auto()
    SUPERVISOR = auto()
    IDENTITY_CUSTODIAN = auto()
    OPERATOR = auto()
    SERVICE = auto()


AGENCY_ROLES = frozenset({Role.COORDINATOR, Role.LIAISON_OFFICER, Role.AGENCY_HEAD})
OFFICERS = AGENCY_ROLES | {Role.NATIONAL_ADMIN}


class Scope(StrEnum):
    SUBMIT = "reports:submit"
    WORK = "reports:work"
    IMPORT = "reports:import"
    SECRET = "reports:secret"


@dataclass(frozen=True, slots=True)
class Client:
    """The verified bearer of a token."""

    sub: str
    role: Role
    agency: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    expires_at: int = 0

    @property
    def actor(self) -> str:
        """How events name whoever did something."""
        return f"{self.role.value}:{self.sub}"

    def may(self, scope: Scope) -> bool:
        return scope.value in self.scopes


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
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
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
            if claims["iss"] != ISSUER:
                raise ValueError("foreign issuer")
            agency = claims.get("agency")
            role = Role(claims["role"])
            if (agency is None and role in AGENCY_ROLES) or not isinstance(agency, str | None):
                raise ValueError("no agency")
            return Client(
                str(claims["sub"]),
                role,
                agency,
                frozenset(str(claims.get("scope", "")).split()),
                int(claims["exp"]),
            )
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise Unauthenticated("The token is not one of ours; ask for a new one.", code="invalid_token") from error


class _Bearer(HTTPBearer):
    """A security scheme for the OpenAPI page, that answers like the rest of the API."""

    def __init__(self, *, optional: bool) -> None:
        super().__init__(bearerFormat="JWT", scheme_name="bearer", auto_error=False)
        self.optional = optional

    async def __call__(self, request: Request) -> Client | None:  # type: ignore[override]
        header = request.headers.get("authorization")
        if header is None:
            if self.optional:
                return None
            raise Unauthenticated("Send a token: Authorization: Bearer <token>.")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.isascii():
            raise Unauthenticated("Send a token: Authorization: Bearer <token>.")
        tokens: Tokens = request.app.state.tokens
        return tokens.verify(token.strip())


_required, _optional = _Bearer(optional=False), _Bearer(optional=True)

CurrentClient = Annotated[Client, Depends(_required)]
OptionalClient = Annotated[Client | None, Depends(_optional)]


async def client_of(request: Request) -> Client:
    """What `CurrentClient` is, for an endpoint that has no dependencies solved."""
    client = await _required(request)
    assert client is not None
    return client


def allow(*roles: Role) -> Callable[[Client], Coroutine[Any, Any, Client]]:
    """A dependency: the client, if it has one of the roles; else 403."""

    async def dependency(client: CurrentClient) -> Client:
        if client.role not in roles:
            raise Forbidden(f"The role {client.role.value} may not do this; it takes {' or '.join(roles)}.")
        return client

    return dependency


ServiceClient = Annotated[Client, Depends(allow(Role.SERVICE))]
