"""One-time codes (TOTP, RFC 6238): their secrets lie sealed, and no step is taken twice."""

import hmac
from datetime import datetime

import pyotp
import segno
import structlog

from shared.errors import Unavailable
from shared.http.sealing import key_of, seal, unseal
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose

STEP_SECONDS = 30
_AROUND = (0, -1, 1)  # steps: clocks of telephones

log = structlog.get_logger(__name__)


def new_secret() -> str:
    return pyotp.random_base32()


def sealed(keys: Keys, secret: str, about: str) -> bytes:
    """With the id of the key in front, so that a missing one can be named. `about`: whose it is."""
    key = keys.current(KeyPurpose.ACCOUNTS)
    return key.id.encode() + b"\0" + seal(key_of(key.text, about, purpose="totp"), secret, about=about.encode())


def opened(keys: Keys, kept: bytes, about: str) -> str | None:
    """None: it is sealed for somebody else, or was changed. Raises Unavailable: its key is missing here."""
    id, _, text = kept.partition(b"\0")
    for key in keys.ring.known(KeyPurpose.ACCOUNTS):
        if key.id.encode() == id:
            return unseal(key_of(key.text, about, purpose="totp"), text, about=about.encode())
    log.error("key_missing", purpose=KeyPurpose.ACCOUNTS.value, key=id.decode("ascii", "replace")[:64])
    raise Unavailable("One-time codes cannot be checked just now; the operators have been told.", code="key_missing")


def step_of(secret: str, code: str, *, after: int | None, now: datetime) -> int | None:
    """Which step a code is of; None: it is wrong, or none of a step after that one."""
    code = code.replace(" ", "")
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (current + offset for offset in _AROUND):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()) and (after is None or step > after):
            return step
    return None


def code_at(secret: str, now: datetime) -> str:
    """What an app of one-time codes shows. Raises ValueError: this is no secret."""
    return pyotp.TOTP(secret).at(now)


def uri(secret: str, email: str) -> str:
    """What an app of one-time codes takes."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="LAPOR")


def picture(uri: str) -> str:
    """The same as a QR code: an SVG without style or script, on white, with the margin that cameras need."""
    drawn: str = segno.make(uri, error="m", micro=False).svg_inline(
        scale=4, border=4, light="#fff", svgclass=None, lineclass=None
    )
    return drawn
