"""A log-in that was begun and goes on at somebody else's issuer: the browser alone keeps it, sealed."""

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from shared.http.sealing import key_of, seal, unseal
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose

GOOD_FOR = timedelta(minutes=10)
_ABOUT = b"federation"


@dataclass(frozen=True, slots=True)
class Pending:
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    begun: int  #: in seconds
    again: bool  #: whoever is logged in here has to show anew who they are
    next: str | None = None

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp(self.begun, UTC) + GOOD_FOR

    @property
    def challenge(self) -> str:
        """S256 of RFC 7636."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def begun(*, again: bool, next: str | None, now: datetime) -> Pending:
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Pending(state, nonce, verifier, int(now.timestamp()), again, next)


def sealed(keys: Keys, pending: Pending) -> str:
    key = _key(keys.secret(KeyPurpose.ACCOUNTS))
    return base64.urlsafe_b64encode(seal(key, json.dumps(asdict(pending)), about=_ABOUT)).decode()


def opened(keys: Keys, text: str, *, now: datetime) -> Pending | None:
    """None: it was not sealed here, or is over."""
    try:
        kept = base64.urlsafe_b64decode(text.encode())
    except ValueError:
        return None
    for secret in keys.secrets(KeyPurpose.ACCOUNTS):
        if (found := unseal(_key(secret), kept, about=_ABOUT)) is not None:
            pending = Pending(**json.loads(found))
            return pending if now < pending.ends_at else None
    return None


def _key(secret: str) -> bytes:
    return key_of(secret, "", purpose="federation")
