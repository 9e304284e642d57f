"""Browsers by which somebody has logged in before: wrong passwords from elsewhere do not lock them out.

Whoever logged in by both proofs leaves with a sealed cookie that says so. What is tried with it is counted for that
browser alone, and without it for the account: a guesser gets no more guesses by it, and takes none from its owner.
"""

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi import Request, Response

from routing_service.access.login import cookies
from shared.http.sealing import key_of, seal, unseal
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose

COOKIE = "lapor_known"
GOOD_FOR = timedelta(days=180)
_ABOUT = b"known browser"


class _Said(NamedTuple):
    email: str
    browser: str
    until: float  #: in seconds


def known(request: Request, email: str, *, now: datetime) -> str | None:
    """Which browser this is of those by which the account has been used; None: of no such."""
    value = cookies.read(request, COOKIE)
    said = _opened(request.app.state.keys, value) if value else None
    return said.browser if said is not None and said.email == email.lower() and said.until > now.timestamp() else None


def remember(request: Request, response: Response, email: str | None, *, now: datetime) -> None:
    """It was used by whoever has both proofs."""
    if email is None or known(request, email, now=now + GOOD_FOR / 2) is not None:
        return
    said = json.dumps(_Said(email.lower(), secrets.token_urlsafe(12), (now + GOOD_FOR).timestamp()))
    sealed = seal(_key(request.app.state.keys.secret(KeyPurpose.ACCOUNTS)), said, about=_ABOUT)
    value = base64.urlsafe_b64encode(sealed).decode()
    cookies.write_cookie(request, response, COOKIE, value, seconds=int(GOOD_FOR.total_seconds()))


def _opened(keys: Keys, value: str) -> _Said | None:
    try:
        sealed = base64.urlsafe_b64decode(value.encode())
    except ValueError:
        return None
    for secret in keys.secrets(KeyPurpose.ACCOUNTS):
        if (found := unseal(_key(secret), sealed, about=_ABOUT)) is not None:
            return _Said(*json.loads(found))
    return None


def _key(secret: str) -> bytes:
    return key_of(secret, "", purpose="known browsers")
