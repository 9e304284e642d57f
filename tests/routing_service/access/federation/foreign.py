"""Somebody else's OpenID Connect issuer, small and real: keys, codes, PKCE, ID tokens. What it says can be bent."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.routing_service.driving import Clock

ISSUER = "https://sso.example/realm"
CLIENT_ID, SECRET = "lapor", "a secret & more"
Key = RSAKey | ECKey | OKPKey


def a_key(kid: str = "f1") -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": kid})


@dataclass
class Foreign:
    clock: Clock
    key: Key = field(default_factory=a_key)
    algorithm: str = "ES256"
    kid: str | None = "f1"
    published: list[Mapping[str, Any]] = field(default_factory=list)  #: empty: the key that it signs with
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "nip": "198701012010011001"})
    changes: dict[str, Any] = field(default_factory=dict)  #: of claims; None: left out
    userinfo: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    bends: Callable[[str], str] = str  #: what it makes of an ID token
    takes_codes_twice: bool = False
    client_key: Mapping[str, Any] | None = None
    fails: Callable[[Request], Response | None] = lambda _request: None
    late: str = ""  #: the end of the path that is
    asked: list[str] = field(default_factory=list)  #: paths
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def http(self) -> httpx.AsyncClient:
        """It stands at its address for whoever asks by this."""
        routes = [
            Route("/realm/.well-known/openid-configuration", self._discovery), Route("/realm/jwks", self._jwks),
            Route("/realm/auth", self._authorize), Route("/realm/token", self._token, methods=["POST"]),
            Route("/realm/me", self._userinfo),
        ]  # fmt: skip
        return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes)))

    async def _discovery(self, request: Request) -> Response:
        said = {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks", "userinfo_endpoint": f"{ISSUER}/me",
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip
        return self._answer(request, {k: v for k, v in (said | self.description).items() if v is not None})

    async def _jwks(self, request: Request) -> Response:
        own = {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig"}
        return self._answer(request, {"keys": self.published or [own]})

    async def _authorize(self, request: Request) -> Response:
        """Whoever comes is logged in."""
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": ISSUER})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=303)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.get(form["code"]) if self.takes_codes_twice else self.codes.pop(form["code"], None)
        if not self._knows(request, form):
            return self._answer(request, {"error": "invalid_client"}, status=401)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode()
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return self._answer(request, {"error": "invalid_grant"}, status=400)
        return self._answer(request, {"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(asked)})

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer at"
        return self._answer(request, {"sub": self.person["sub"], **self.userinfo})

    def _id_token(self, asked: Mapping[str, str]) -> str:
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": ISSUER, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "nonce": asked["nonce"], **self.person,
        }  # fmt: skip
        kept = {name: value for name, value in (claims | self.changes).items() if value is not None}
        header = {"alg": self.algorithm} | ({} if self.kid is None else {"kid": self.kid})
        return self.bends(jwt.encode(header, kept, self.key, algorithms=[self.algorithm]))

    def _knows(self, request: Request, form: Mapping[str, str]) -> bool:
        if self.client_key is None:
            named = base64.b64encode(b"lapor:a+secret+%26+more").decode()
            return request.headers.get("authorization") == f"Basic {named}"
        claims = jwt.decode(form["client_assertion"], import_key(dict(self.client_key)), algorithms=["ES256"]).claims
        return (claims["sub"], claims["iss"], claims["aud"]) == (CLIENT_ID, CLIENT_ID, f"{ISSUER}/token")

    def _answer(self, request: Request, content: Mapping[str, Any], *, status: int = 200) -> Response:
        self.asked.append(request.url.path.removeprefix("/realm"))
        return self.fails(request) or JSONResponse(content, status_code=status)


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())
