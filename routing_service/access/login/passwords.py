"""Passwords: argon2id, in a thread. The door lets only a few people log in at once (see door.py)."""

import asyncio
from functools import cache

from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 128

_hasher = PasswordHash.recommended()


@cache
def _nobodys() -> str:
    """What the password of an unknown account is compared with, so that it takes as long."""
    return _hasher.hash("nobody")


async def matches(password: str, password_hash: str | None) -> bool:
    if len(password) > LONGEST:
        return False
    right = await asyncio.to_thread(lambda: _hasher.verify(password, password_hash or _nobodys()))
    return right and password_hash is not None


async def hashed(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


def is_good(password: str, email: str | None) -> bool:
    """Long, and not one's own address. Rules about kinds of characters make passwords worse (NIST SP 800-63B)."""
    name = (email or "").partition("@")[0].lower()
    return SHORTEST <= len(password) <= LONGEST and len(set(password)) > 4 and password.lower() not in (email, name * 2)
