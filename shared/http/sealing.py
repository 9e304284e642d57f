"""Texts that lie in the database and can be read only by a caller who brings the key again. AES-GCM.

A key is derived from this system's secret and from what the caller sends, so that neither the table nor the server
alone opens anything.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
KEY_BYTES = 32


def key_of(secret: str, brought: str, *, purpose: str) -> bytes:
    """The key of one text; `purpose` keeps keys for different things apart."""
    info = f"lapor|{purpose}|{brought}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret.encode())


def seal(key: bytes, text: str, *, about: bytes) -> bytes:
    """`about` names the row: what is sealed for one opens in no other."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), about)


def unseal(key: bytes, sealed: bytes, *, about: bytes) -> str | None:
    """None: another key, another row, or changed since."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about).decode()
    except (InvalidTag, ValueError):
        return None
