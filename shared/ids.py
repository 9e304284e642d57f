"""Identifiers: of rows (uuid v7), of reports for people (tracking number) and for their reporters (access code)."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache
from uuid import UUID

import uuid_utils

TRACKING_DIGITS = 10
#: Numbers were given out that begin with zeros, which spreadsheets drop; more than three are hardly ever.
FEWEST_TRACKING_DIGITS = 7
SALT_BYTES = 16
ACCESS_CODE_BYTES = 20  # 160 bits; base32 without padding is 32 characters

# The quasigroup of Damm's check digit: it catches every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def new_id() -> UUID:
    return UUID(int=uuid_utils.uuid7().int)


def check_digit(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def new_tracking_number() -> str:
    """Nine random digits and a check digit: says nothing of order or volume, and is not a secret.

    The first is no zero: spreadsheets would drop it.
    """
    digits = str(10**8 + secrets.randbelow(9 * 10**8))
    return digits + check_digit(digits)


def is_tracking_number(text: str) -> bool:
    return len(text) == TRACKING_DIGITS and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]


def whole_tracking_number(text: str) -> str | None:
    """The number with the zeros in front that a spreadsheet may have dropped; None: it can be none.

    A zero in front changes no check digit, so that a number stays right, or wrong, without it.
    """
    if not (text.isascii() and text.isdigit() and FEWEST_TRACKING_DIGITS <= len(text) <= TRACKING_DIGITS):
        return None
    return text.zfill(TRACKING_DIGITS)


def report_named(reference: str) -> UUID | str | None:
    """A report's id or tracking number, as the address of a request names it; None: it can be neither."""
    number = whole_tracking_number(reference)
    if number is not None:
        return number
    try:
        return UUID(reference)
    except ValueError:
        return None


def new_access_code() -> str:
    return _encode(secrets.token_bytes(ACCESS_CODE_BYTES))


def derived_access_code(secret: str, report_id: UUID, idempotency_key: str) -> str:
    """The access code of a report submitted with an idempotency key: the first answer can be given again."""
    message = report_id.bytes + idempotency_key.encode()
    return _encode(keyed_digest(secret, b"access-code|" + message)[:ACCESS_CODE_BYTES])


def code_of_slip(secret: str, tracking_number: str, idempotency_key: str) -> str:
    """The access code of a slip that was asked for with an idempotency key, for the same reason."""
    message = f"slip|{tracking_number}|{idempotency_key}".encode()
    return _encode(keyed_digest(secret, message)[:ACCESS_CODE_BYTES])


def access_code_hash(code: str) -> bytes:
    """A fast hash is enough: the code has full entropy. Spaces are of the paper that it was read from."""
    return hashlib.sha256("".join(code.split()).upper().encode()).digest()


def reference_hash(secret: str, client: str, reference: str) -> bytes:
    """An app's opaque account id, bound to that app, so that it can be found and never read."""
    return keyed_digest(secret, f"reporter-reference|{client}|{reference}".encode())


def keyed_digest(secret: str, message: bytes) -> bytes:
    """HMAC-SHA-256. Begun once for a secret: that takes longer than a short message."""
    digest = _begun(secret).copy()
    digest.update(message)
    return digest.digest()


@lru_cache(maxsize=64)
def _begun(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod=hashlib.sha256)


def framed(*fields: str | None) -> bytes:
    """Each field as `length:bytes`, a missing one as `-`: none can run over into the next.

    The SQL function `framed` writes the same.
    """
    line = ""
    for field in fields:
        if field is None:
            line += "-"
        else:
            size = len(field) if field.isascii() else len(field.encode())
            line += f"{size}:{field}"
    return line.encode()


def salted_digest(salt: bytes, *words: str | None) -> str:
    """What the event log keeps of somebody's words: worthless once the salt beside the words is erased.

    The SQL function `salted_digest` computes the same.
    """
    return hashlib.sha256(b"%d:%b" % (len(salt), salt) + framed(*words)).hexdigest()


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def new_salts() -> tuple[bytes, bytes]:
    """Two at once: each call of the system's generator costs more than what it brings."""
    both = secrets.token_bytes(2 * SALT_BYTES)
    return both[:SALT_BYTES], both[SALT_BYTES:]


def _encode(code: bytes) -> str:
    return base64.b32encode(code).decode().rstrip("=")
