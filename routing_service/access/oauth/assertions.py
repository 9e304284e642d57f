"""What a client signs to prove itself (RFC 7523): who it is, for whom, until when, and once."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from shared.http.tokens import SKEW_SECONDS

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("Ed25519", "ES256", "PS256", "RS256")
#: An assertion names no later end than this: so long its `jti` is remembered.
LONGEST_SECONDS = 3600
LONGEST_JTI = 255  # characters

_BROKEN = (JoseError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


def subject_of(assertion: str) -> str | None:
    """Who it says that it is of; nothing is proven yet. None: it says nothing."""
    try:
        subject = json.loads(jws.extract_compact(assertion.encode()).payload)["sub"]
    except _BROKEN:
        return None
    return subject if isinstance(subject, str) else None


def proven(
    assertion: str, keys: Mapping[str, Mapping[str, Any]], *, id: str, audiences: frozenset[str], now: datetime
) -> tuple[str, datetime] | None:
    """Its `jti`, which must not have been used, and how long that must be remembered; None: it proves nothing."""
    try:
        kid = jws.extract_compact(assertion.encode()).headers().get("kid")
        claims = _signed(assertion, list(keys.values()) if kid is None else [keys[kid]])
        expires = _check(claims, id, audiences, now.timestamp())
        jti = claims["jti"]
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or "\x00" in jti:
            raise ValueError("odd jti")
        jti.encode()
    except _BROKEN:
        return None
    return jti, datetime.fromtimestamp(expires + SKEW_SECONDS, UTC)


def _signed(assertion: str, keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Where it names no key, any of them will do: one may just be replaced. Raises JoseError, ValueError."""
    for jwk in keys:
        try:
            return jwt.decode(assertion, import_key(dict(jwk)), algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError):
            continue
    raise ValueError("signed by no key of theirs")


def _check(claims: Mapping[str, Any], id: str, audiences: frozenset[str], now: float) -> float:
    """When it ends. Raises KeyError, TypeError, ValueError."""
    if claims["iss"] != id or claims["sub"] != id:
        raise ValueError("of somebody else")
    audience = claims["aud"]
    if isinstance(audience, list):  # one alone: for several, each of them could use it at the others
        (audience,) = audience
    if audience not in audiences:
        raise ValueError("for somebody else")
    for claim in ("nbf", "iat"):
        if claim in claims and _instant(claims[claim]) > now + SKEW_SECONDS:
            raise ValueError(f"{claim} lies in the future")
    expires = _instant(claims["exp"])
    if not now - SKEW_SECONDS < expires <= now + LONGEST_SECONDS + SKEW_SECONDS:
        raise ValueError("expired, or good for too long")
    return expires


def _instant(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not an instant")
    return value
