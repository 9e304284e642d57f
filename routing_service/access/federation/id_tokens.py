"""What somebody else's issuer says of a person: an ID token (OpenID Connect Core, 3.1.3.7). Pure."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

#: Those that sign with a private key alone: of `none` and of HS256 anybody who knows public words could make one.
ALGORITHMS = ("Ed25519", "ES256", "PS256", "RS256")
SKEW_SECONDS = 60  #: how far its clock and ours may be apart
OLDEST_SECONDS = 600  #: it was made for this log-in, which ends after ten minutes
LONGEST_SUBJECT = 255  # characters
LAST_INSTANT = 1e11  # seconds
_NEEDED = ("iss", "sub", "aud", "exp", "iat", "nonce")

_BROKEN = (JoseError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class Untrue(Exception):
    """The text says why, for the log."""


def kid_of(token: str) -> str | None:
    """Which key it says that it is signed with; nothing is proven yet. Raises Untrue."""
    header = _header(token)
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def known(kid: str | None, keys: Sequence[Mapping[str, Any]]) -> bool:
    return kid is None or any(key.get("kid") == kid for key in keys)


def proven(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """Its claims. Raises Untrue."""
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise Untrue("an algorithm that is not taken")
    jwk = _key(kid_of(token), algorithm, keys)
    try:
        claims = jwt.decode(token, import_key(dict(jwk)), algorithms=[algorithm]).claims
        _check(claims, issuer, client_id, nonce, now.timestamp())
    except _BROKEN as error:
        raise Untrue(str(error) if type(error) is ValueError else type(error).__name__) from None
    return claims


def instant(claims: Mapping[str, Any], name: str) -> float:
    """In seconds. Raises KeyError, ValueError."""
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LAST_INSTANT:
        raise ValueError(f"{name} is no instant")
    return value


def _header(token: str) -> Mapping[str, Any]:
    try:
        return jws.extract_compact(token.encode()).headers()
    except _BROKEN:
        raise Untrue("no signed token") from None


def _key(kid: str | None, algorithm: str, keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Without `kid` only one can be meant. Raises Untrue."""
    kind = {"Ed25519": "OKP", "ES256": "EC"}.get(algorithm, "RSA")
    fit = [
        key
        for key in keys
        if key.get("kty") == kind
        and (kid is None or key.get("kid") == kid)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    ]
    if len(fit) != 1:
        raise Untrue("no key, or several")
    return fit[0]


def _check(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: float) -> None:
    """Raises KeyError, TypeError, ValueError."""
    for name in _NEEDED:
        if name not in claims:
            raise ValueError(f"{name} is missing")
    if claims["iss"] != issuer:
        raise ValueError("of another issuer")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if client_id not in audience or claims.get("azp", client_id if len(audience) == 1 else None) != client_id:
        raise ValueError("for somebody else")
    if not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise ValueError("of another log-in")
    if instant(claims, "exp") <= now - SKEW_SECONDS:
        raise ValueError("expired")
    if not now - OLDEST_SECONDS - SKEW_SECONDS <= instant(claims, "iat") <= now + SKEW_SECONDS:
        raise ValueError("made long ago, or in the future")
    if "nbf" in claims and instant(claims, "nbf") > now + SKEW_SECONDS:
        raise ValueError("not good yet")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
        raise ValueError("sub is no name")
