"""The content of a file, sealed chunk by chunk, so that a part of it is read without the rest. AES-256-GCM.

A file has a key of its own, which is used for this content alone: so the number of a chunk is its nonce. Each chunk is
bound to its file, its place and to being the last one or not: none can be moved, left out, or cut off behind the last.
"""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Unavailable
from shared.keys import envelope
from shared.keys.envelope import NONCE_BYTES, Unreadable
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, KeyTrouble

CHUNK_BYTES = 128 * 1024
TAG_BYTES = 16
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class FileKey:
    """What the content of one file, or of one upload, is sealed under."""

    id: UUID
    key_id: str  #: of the ring
    wrapped: bytes
    key: bytes

    @classmethod
    def new(cls, keys: Keys, table: str, id: UUID) -> "FileKey":
        """Raises Unavailable."""
        ring_key = _current(keys)
        key, wrapped = envelope.new_row_key(ring_key, table=table, row=id)
        return cls(id, ring_key.id, wrapped, key)

    @classmethod
    def open(cls, keys: Keys, table: str, id: UUID, key_id: str, wrapped: bytes) -> "FileKey":
        """Raises Unavailable."""
        ring_key = _found(keys, key_id)
        try:
            return cls(id, key_id, wrapped, envelope.row_key(ring_key, wrapped, table=table, row=id))
        except Unreadable:
            raise unreadable() from None

    def seal_part(self, number: int, content: bytes) -> bytes:
        """Of an upload, which may write a part more than once: each time with a nonce of its own."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, content, self._about("part", number))

    def open_part(self, number: int, sealed: bytes) -> bytes:
        """Raises Unavailable."""
        return self._opened(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._about("part", number))

    def seal_chunk(self, number: int, content: bytes, *, last: bool) -> bytes:
        return AESGCM(self.key).encrypt(_nonce(number), content, self._about("last" if last else "chunk", number))

    def open_chunk(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """Raises Unavailable."""
        return self._opened(_nonce(number), sealed, self._about("last" if last else "chunk", number))

    def _opened(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        try:
            return AESGCM(self.key).decrypt(nonce, sealed, about)
        except (InvalidTag, ValueError):
            raise unreadable() from None

    def _about(self, what: str, number: int) -> bytes:
        return f"{self.id}|{what}|{number}".encode()


def _current(keys: Keys) -> Key:
    """Raises Unavailable."""
    try:
        return keys.current(KeyPurpose.EVIDENCE)
    except KeyTrouble as trouble:
        raise Unavailable(str(trouble), code="evidence_key_missing") from None


def _found(keys: Keys, key_id: str) -> Key:
    """Raises Unavailable."""
    found = keys.ring.find(KeyPurpose.EVIDENCE, key_id)
    if found is None:
        raise Unavailable(
            f"The key {key_id}, under which this file was sealed, is not in the ring of intake_api; have an operator "
            "put it back. Nothing is lost.",
            code="evidence_key_missing",
        )
    return found


def current_key_id(keys: Keys) -> str:
    """What is written with now. Raises Unavailable."""
    return _current(keys).id


class Wrapped(NamedTuple):
    key_id: str
    wrapped: bytes


def rewrapped(keys: Keys, table: str, id: UUID, key_id: str, wrapped: bytes) -> Wrapped:
    """The key of a file or an upload under the current key of the ring; what it seals stays. Raises Unavailable."""
    new = _current(keys)
    try:
        return Wrapped(new.id, envelope.rewrap(_found(keys, key_id), new, wrapped, table=table, row=id))
    except Unreadable:
        raise unreadable() from None


def unreadable() -> Unavailable:
    return Unavailable(
        "This file does not open: it was changed in its store, or the key is another one of the same id; have an "
        "operator restore it from a backup.",
        code="evidence_unreadable",
    )


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


async def chunks_of(content: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """The content in chunks of one size, the last of them shorter, each with whether it is the last."""
    waiting = bytearray()
    async for piece in content:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES]), False
            del waiting[:CHUNK_BYTES]
    yield bytes(waiting), True


def sealed_size(size: int) -> int:
    """How many bytes the sealed content takes."""
    return size + last_chunk(size) * TAG_BYTES + TAG_BYTES


def last_chunk(size: int) -> int:
    """The number of the last chunk of so much content, which is never empty."""
    return (size - 1) // CHUNK_BYTES
