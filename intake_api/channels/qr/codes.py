"""The text of a code: a random part and a keyed digest of it, in the letters that a QR code packs most densely. Pure.

A forged code is known as one before anybody asks the database. Codes hang on walls for years: every key that is kept
opens those that were signed with it.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable

from shared import ids

RANDOM_BYTES = 8
SIGNATURE_BYTES = 7
#: Of base32, which has no padding at this length.
LETTERS = (RANDOM_BYTES + SIGNATURE_BYTES) * 8 // 5
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def new_code(secret: str) -> str:
    random = secrets.token_bytes(RANDOM_BYTES)
    return base64.b32encode(random + _signature(secret, random)).decode()


def read_code(text: str, known: Iterable[str]) -> str | None:
    """The code as it is stored; None: we signed none such. Small letters, spaces and hyphens come from typing it."""
    code = "".join(one for one in text[: 3 * LETTERS].upper() if not one.isspace() and one != "-")
    if len(code) != LETTERS or not _LETTERS.issuperset(code):
        return None
    whole = base64.b32decode(code)
    random, signature = whole[:RANDOM_BYTES], whole[RANDOM_BYTES:]
    # All of them, so that how long it takes tells nothing.
    is_ours = [hmac.compare_digest(signature, _signature(secret, random)) for secret in known]
    return code if any(is_ours) else None


def spelt(code: str) -> str:
    """In groups of four, for paper."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _signature(secret: str, random: bytes) -> bytes:
    return ids.keyed_digest(secret, b"qr-code|" + random)[:SIGNATURE_BYTES]
