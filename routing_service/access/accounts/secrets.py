"""What is shown once and kept as a digest: secrets of systems, tokens of links. Pure."""

import hashlib
import secrets

SECRET_PREFIX = "lapor_"  #: so that whoever finds one in a repository knows what it is


def new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """A fast hash is enough: what it is of has full entropy."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
