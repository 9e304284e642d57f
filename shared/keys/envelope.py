"""Envelopes: the fields of a row are sealed under a key of that row alone, which a key of the ring wraps. AES-256-GCM.

What is sealed is bound to its table, column and row: moved anywhere else, it does not open. To change the key of the
ring, the key of each row is wrapped anew; what is sealed stays as it is, and so do the digests of it in the event log.
"""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.keys.ring import Key

NONCE_BYTES = 12
KEY_BYTES = 32
_WRAPPED = "wrapped_key"


class Unreadable(Exception):
    """Another key of the same id, or what was sealed was changed or moved since."""


class Envelope(NamedTuple):
    """`wrapped`: the key of the row. A field that says nothing is null."""

    key_id: str
    wrapped: bytes
    fields: Mapping[str, bytes | None]


def seal(key: Key, fields: Mapping[str, str | None], *, table: str, row: UUID) -> Envelope:
    """Random bytes are fetched at once: each call of the system's generator costs more than what it brings."""
    random = secrets.token_bytes(KEY_BYTES + NONCE_BYTES * (1 + len(fields)))
    row_key, nonces = random[:KEY_BYTES], random[KEY_BYTES:]
    cipher = AESGCM(row_key)
    sealed: dict[str, bytes | None] = {}
    for number, (name, text) in enumerate(fields.items(), start=1):
        nonce = nonces[number * NONCE_BYTES : (number + 1) * NONCE_BYTES]
        about = _about(table, name, row)
        sealed[name] = None if text is None else nonce + cipher.encrypt(nonce, text.encode(), about)
    return Envelope(key.id, _wrap(key, row_key, nonces[:NONCE_BYTES], table, row), sealed)


def open_(key: Key, envelope: Envelope, *, table: str, row: UUID) -> dict[str, str | None]:
    """Raises Unreadable."""
    cipher = AESGCM(_unwrap(key, envelope.wrapped, table, row))
    return {
        name: None if sealed is None else _decrypted(cipher, sealed, _about(table, name, row)).decode()
        for name, sealed in envelope.fields.items()
    }


def new_row_key(key: Key, *, table: str, row: UUID) -> tuple[bytes, bytes]:
    """A key for what is not sealed here, such as a file, and how it is kept."""
    row_key = secrets.token_bytes(KEY_BYTES)
    return row_key, _wrap(key, row_key, secrets.token_bytes(NONCE_BYTES), table, row)


def row_key(key: Key, wrapped: bytes, *, table: str, row: UUID) -> bytes:
    """Raises Unreadable."""
    return _unwrap(key, wrapped, table, row)


def rewrap(old: Key, new: Key, wrapped: bytes, *, table: str, row: UUID) -> bytes:
    """The key of a row under another key of the ring. Raises Unreadable."""
    return _wrap(new, _unwrap(old, wrapped, table, row), secrets.token_bytes(NONCE_BYTES), table, row)


def _wrap(key: Key, row_key: bytes, nonce: bytes, table: str, row: UUID) -> bytes:
    return nonce + _wrapping(key.text).encrypt(nonce, row_key, _about(table, _WRAPPED, row, key.id))


def _unwrap(key: Key, wrapped: bytes, table: str, row: UUID) -> bytes:
    return _decrypted(_wrapping(key.text), wrapped, _about(table, _WRAPPED, row, key.id))


def _decrypted(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
    except (InvalidTag, ValueError):
        raise Unreadable from None


def _about(*names: object) -> bytes:
    return "|".join(map(str, names)).encode()


@lru_cache(maxsize=16)
def _wrapping(text: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=b"lapor|envelope").derive(text.encode()))
