"""Somebody else's issuer as a client of it sees it: where to go, what comes back, and whether that is true."""

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import structlog
from joserfc import jwt
from joserfc.jwk import import_key

from routing_service.access.federation import id_tokens
from routing_service.access.federation.fetching import Fetching, away
from routing_service.access.federation.id_tokens import Untrue
from routing_service.access.federation.pending import Pending
from shared.errors import DomainError, Unavailable
from shared.settings import RoutingSettings

DISCOVERY = "/.well-known/openid-configuration"
CALLBACK = "/oauth/federation/callback"
DESCRIPTION_KEPT, KEYS_KEPT = timedelta(hours=1), timedelta(minutes=10)
ASSERTION_SECONDS = 60
MOST_KEYS = 100
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

log = structlog.get_logger(__name__)

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Description:
    """What the issuer says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    says_iss: bool  #: RFC 9207
    takes_basic: bool


class Provider:
    def __init__(self, settings: RoutingSettings, http: httpx.AsyncClient | None = None) -> None:
        self.issuer = settings.oidc_issuer
        self.name = settings.oidc_name or urlsplit(self.issuer).netloc
        self._settings = settings
        self._back = settings.issuer_url + CALLBACK
        self._fetching = Fetching(settings.http_timeout_seconds, http)
        self._description: tuple[datetime, Description] | None = None
        self._keys: tuple[datetime, Sequence[Mapping[str, Any]]] | None = None

    async def address_to_go_to(self, pending: Pending, *, now: datetime) -> str:
        """Where the browser goes. Raises Unavailable."""
        description = await self._described(now)
        asked = {
            "response_type": "code", "client_id": self._settings.oidc_client_id, "redirect_uri": self._back,
            "scope": self._settings.oidc_scopes, "state": pending.state, "nonce": pending.nonce,
            "code_challenge": pending.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        if pending.again:
            asked |= {"prompt": "login", "max_age": "0"}
        return f"{description.authorization}{'&' if '?' in description.authorization else '?'}{urlencode(asked)}"

    async def claims_told(
        self, back: Mapping[str, str], pending: Pending, wanted: Iterable[str], *, now: datetime
    ) -> Claims:
        """What it says of whoever came back. `wanted`: claims that are looked for. Raises DomainError."""
        description = await self._described(now)
        if back.get("iss", None if description.says_iss else self.issuer) != self.issuer:
            raise _untrue("an answer of another issuer")
        if "code" not in back:
            log.info("other_issuer_refused", error=back.get("error", "")[:64])
            raise DomainError("You were not logged in there. Try again.", code="other_issuer_refused")
        tokens = await self._exchanged(description, back["code"], pending, now)
        claims = await self._proven(description, tokens.get("id_token"), pending, now)
        if not set(wanted) <= set(claims) and description.userinfo is not None:
            claims = await self._with_userinfo(description.userinfo, tokens.get("access_token"), claims)
        return claims

    async def close(self) -> None:
        await self._fetching.close()

    async def _described(self, now: datetime) -> Description:
        if self._description is None or not timedelta() <= now - self._description[0] < DESCRIPTION_KEPT:
            url = self.issuer.rstrip("/") + DISCOVERY
            said = await self._fetching.fetch_document(url)
            if said.get("issuer") != self.issuer:
                raise away(url, "names another issuer")
            methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            read = Description(
                self._address(said, "authorization_endpoint"), self._address(said, "token_endpoint"),
                self._address(said, "jwks_uri"),
                self._address(said, "userinfo_endpoint") if "userinfo_endpoint" in said else None,
                said.get("authorization_response_iss_parameter_supported") is True,
                isinstance(methods, list) and "client_secret_basic" in methods,
            )  # fmt: skip
            self._description = now, read
        return self._description[1]

    def _address(self, said: Mapping[str, Any], name: str) -> str:
        """Raises Unavailable."""
        url = said.get(name)
        schemes = ("https",) if self._settings.environment == "production" else ("https", "http")
        try:
            parts = urlsplit(url if isinstance(url, str) else "")
        except ValueError:
            parts = urlsplit("")
        if not isinstance(url, str) or parts.scheme not in schemes or not parts.hostname or parts.fragment:
            raise away(self.issuer, f"names no {name} that can be used")
        return url

    async def _exchanged(self, description: Description, code: str, pending: Pending, now: datetime) -> Claims:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back,
            "code_verifier": pending.verifier,
        }  # fmt: skip
        more, headers = self._proof(description, now)
        answer = await self._fetching.post_form(description.token, form | more, headers)
        if answer.status == HTTPStatus.OK:
            return answer.content
        error = str(answer.content.get("error"))[:64]
        if answer.status == HTTPStatus.UNAUTHORIZED or error in ("invalid_client", "unauthorized_client"):
            log.error("other_issuer_does_not_know_us", status=answer.status, error=error)
            raise Unavailable(
                "The place where you log in does not accept this system; tell the operators.",
                code="other_issuer_does_not_know_us",
            )
        log.warning("other_issuer_refused", status=answer.status, error=error)
        raise DomainError("You were not logged in there. Try again.", code="other_issuer_refused")

    def _proof(self, description: Description, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
        """Fields and headers that this client proves itself by: a signature, a secret, or nothing but PKCE."""
        id, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()
        if key := self._settings.oidc_client_key.get_secret_value():
            assertion = _assertion(json.loads(key), id, description.token, now)
            return {"client_id": id, "client_assertion_type": _ASSERTION, "client_assertion": assertion}, {}
        if not secret:
            return {"client_id": id}, {}
        if not description.takes_basic:
            return {"client_id": id, "client_secret": secret}, {}
        named = f"{quote_plus(id)}:{quote_plus(secret)}"
        return {}, {"Authorization": "Basic " + base64.b64encode(named.encode()).decode()}

    async def _proven(self, description: Description, token: Any, pending: Pending, now: datetime) -> Claims:
        try:
            if not isinstance(token, str):
                raise Untrue("no ID token")
            keys = await self._jwks(description, lambda kept: id_tokens.known(id_tokens.kid_of(token), kept), now)
            claims = id_tokens.proven(
                token, keys, issuer=self.issuer, client_id=self._settings.oidc_client_id, nonce=pending.nonce, now=now
            )
            _check_anew(claims, pending)
        except Untrue as error:
            raise _untrue(str(error)) from None
        return claims

    async def _jwks(
        self, description: Description, has: Callable[[Sequence[Mapping[str, Any]]], bool], now: datetime
    ) -> Sequence[Mapping[str, Any]]:
        """Those that are kept, or read anew where they are old or one is missing."""
        kept = self._keys
        if kept is None or not timedelta() <= now - kept[0] < KEYS_KEPT or not has(kept[1]):
            said = (await self._fetching.fetch_document(description.keys)).get("keys")
            if not isinstance(said, list):
                raise away(description.keys, "has no keys")
            kept = self._keys = now, [key for key in said[:MOST_KEYS] if isinstance(key, dict)]
        return kept[1]

    async def _with_userinfo(self, url: str, token: Any, claims: Claims) -> Claims:
        """Only of the same person; what the signed token says goes first."""
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            return claims
        said = dict(await self._fetching.fetch_document(url, {"Authorization": f"Bearer {token}"}))
        if said.get("sub") != claims["sub"]:
            raise _untrue("userinfo of somebody else")
        if "email" in claims and claims["email"] != said.get("email"):
            said.pop("email_verified", None)  # of another address
        return {**said, **claims}


def _check_anew(claims: Claims, pending: Pending) -> None:
    """Raises Untrue: they have to show anew who they are, and did not."""
    if not pending.again:
        return
    try:
        if id_tokens.instant(claims, "auth_time") < pending.begun - id_tokens.SKEW_SECONDS:
            raise Untrue("logged in before")
    except (KeyError, ValueError):
        raise Untrue("does not say when they logged in") from None


def _assertion(jwk: Mapping[str, Any], id: str, audience: str, now: datetime) -> str:
    """RFC 7523."""
    algorithm = jwk.get("alg") or {"OKP": "Ed25519", "EC": "ES256"}.get(jwk["kty"], "RS256")
    header = {"alg": algorithm} | ({"kid": jwk["kid"]} if "kid" in jwk else {})
    issued = int(now.timestamp())
    claims = {
        "iss": id, "sub": id, "aud": audience, "jti": secrets.token_urlsafe(16), "iat": issued,
        "exp": issued + ASSERTION_SECONDS,
    }  # fmt: skip
    return jwt.encode(header, claims, import_key(dict(jwk)), algorithms=[algorithm])


def _untrue(why: str) -> DomainError:
    log.warning("other_issuer_untrue", why=why)
    return DomainError("What came back from there is not good for this log-in. Try again.", code="other_issuer_untrue")
