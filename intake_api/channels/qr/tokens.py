"""What a page that was shown carries, hidden in its form. It is signed, so that nobody sends blindly, and the report of
the page is taken once under this name. Pure.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum, auto

from shared import ids

#: How long a page may lie open before it is sent.
LASTS = timedelta(hours=24)
_RANDOM, _INSTANT, _SIGNATURE = 16, 5, 15


class TokenState(StrEnum):
    GOOD = auto()
    OVER = auto()  #: ours, of a page that lay open for too long
    FORGED = auto()


def new_token(secret: str, code: str, now: datetime) -> str:
    """Of a page of one code; the code is empty on the page that has none."""
    shown = secrets.token_bytes(_RANDOM) + int(now.timestamp()).to_bytes(_INSTANT, "big")
    return base64.urlsafe_b64encode(shown + _signature(secret, shown, code)).decode()


def state_of(token: str, known: Iterable[str], code: str, now: datetime) -> TokenState:
    whole = _read(token)
    if whole is None:
        return TokenState.FORGED
    shown, signature = whole[: _RANDOM + _INSTANT], whole[_RANDOM + _INSTANT :]
    if not any(hmac.compare_digest(signature, _signature(secret, shown, code)) for secret in known):
        return TokenState.FORGED
    age = now.timestamp() - int.from_bytes(shown[_RANDOM:], "big")
    return TokenState.GOOD if age < LASTS.total_seconds() else TokenState.OVER


def reference_of(token: str) -> str:
    """What is kept of it with the report: worth nothing to whoever reads it there."""
    return base64.b32encode(hashlib.sha256(token.encode()).digest()[:10]).decode()


def _read(token: str) -> bytes | None:
    try:
        whole = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return whole if len(whole) == _RANDOM + _INSTANT + _SIGNATURE else None


def _signature(secret: str, shown: bytes, code: str) -> bytes:
    return ids.keyed_digest(secret, b"qr-page|" + shown + code.encode())[:_SIGNATURE]
