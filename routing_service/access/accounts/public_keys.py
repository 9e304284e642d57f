"""The public key of a system, as it brings it: a JWK (RFC 7517)."""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared.errors import Invalid

LEAST_RSA_BITS = 2_048
MOST_RSA_BITS = 4_096
MOST_KID = 128
_CURVES = {"EC": ("P-256",), "OKP": ("Ed25519",)}
_KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_KEPT = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def public_key(jwk: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Its id (its thumbprint, RFC 7638, where it names none), and what we keep. Raises Invalid.

    RSA of 2,048 to 4,096 bits, P-256 or Ed25519.
    """
    if _PRIVATE & jwk.keys():
        detail = "This is a private key; keep it to yourself and send the public one."
        raise Invalid(detail, pointer="/jwk", code="private_key")
    kind, kid = jwk.get("kty"), jwk.get("kid")
    if not isinstance(kind, str) or kind not in _KINDS or jwk.get("crv") not in _CURVES.get(kind, (None,)):
        raise _unusable()
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MOST_KID and kid.isprintable()):
        raise _unusable()
    kept = {"kty": kind, **{name: jwk[name] for name in _KEPT[kind] if name in jwk}}
    try:
        key = _KINDS[kind].import_key(kept)
        if isinstance(key, RSAKey) and not LEAST_RSA_BITS <= key.public_key.key_size <= MOST_RSA_BITS:
            raise _unusable()
        kid = kid or key.thumbprint()
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable() from error
    return kid, kept | {"kid": kid}


def _unusable() -> Invalid:
    return Invalid(
        "Send a public key as JWK: RSA of 2048 to 4096 bits, P-256 or Ed25519.", pointer="/jwk", code="unusable_key"
    )
