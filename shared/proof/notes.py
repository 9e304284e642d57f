"""Signed notes of c2sp.org/signed-note with Ed25519, and the cosignatures of c2sp.org/tlog-cosignature. Pure."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_BYTES = 100_000
MOST_SIGNATURES = 100
_ID_BYTES = 4
_PUBLIC_BYTES = 32
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LINE = re.compile(r"\u2014 (\S+) (\S+)")
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class BadNote(Exception):
    """A note, a key or a signature that is none, or that does not hold; the sentence says what is wrong."""


class SignatureKind(IntEnum):
    """The byte that says how a key signs."""

    ED25519 = 0x01  #: a log
    COSIGNATURE = 0x04  #: a witness: with the time at which it signed


class Signature(NamedTuple):
    name: str
    key_id: bytes
    content: bytes

    @property
    def line(self) -> str:
        return f"\u2014 {self.name} {base64.b64encode(self.key_id + self.content).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends with a new line."""

    text: str
    signatures: Sequence[Signature]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(signature.line for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """By what others know a signature of ours or of a witness: `name+id+key`."""

    name: str
    public: bytes
    kind: SignatureKind = SignatureKind.ED25519

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        key = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def read(cls, text: str) -> "VerifierKey":
        """Raises BadNote."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            raise BadNote("a verifier key is written as name+id+key")
        name, key_id, encoded = parts
        decoded = _decoded(encoded)
        if len(decoded) != 1 + _PUBLIC_BYTES or decoded[0] not in list(SignatureKind):
            raise BadNote(f"the key of {name} is none of Ed25519")
        key = cls(name, decoded[1:], SignatureKind(decoded[0]))
        if key.key_id.hex() != key_id:
            raise BadNote(f"the id {key_id} does not belong to the key of {name}: was it copied whole?")
        return key

    def signed(self, text: str, signatures: Iterable[Signature]) -> Signature | None:
        """Its signature of the text; None: there is none. Raises BadNote if one that says it is its own is false."""
        found = None
        for signature in signatures:
            if (signature.name, signature.key_id) == (self.name, self.key_id):
                self._check(text, signature.content)
                found = found or signature
        return found

    def _check(self, text: str, content: bytes) -> None:
        message, proof = text.encode(), content
        if self.kind is SignatureKind.COSIGNATURE:
            proof = content[_TIME_BYTES:]
            message = _cosigned(text, int.from_bytes(content[:_TIME_BYTES], "big"))
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(proof, message)
        except (InvalidSignature, ValueError):
            raise BadNote(f"the signature of {self.name} is false") from None


def is_key_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def verifier_key(private: Ed25519PrivateKey, name: str, kind: SignatureKind = SignatureKind.ED25519) -> VerifierKey:
    return VerifierKey(name, private.public_key().public_bytes_raw(), kind)


def sign(text: str, private: Ed25519PrivateKey, name: str) -> Signature:
    return Signature(name, verifier_key(private, name).key_id, private.sign(text.encode()))


def cosign(text: str, private: Ed25519PrivateKey, name: str, *, at: datetime) -> Signature:
    """What a witness does."""
    seconds = int(at.timestamp())
    key = verifier_key(private, name, SignatureKind.COSIGNATURE)
    content = seconds.to_bytes(_TIME_BYTES, "big") + private.sign(_cosigned(text, seconds))
    return Signature(name, key.key_id, content)


def cosigned_at(signature: Signature) -> datetime:
    """Of a cosignature."""
    return datetime.fromtimestamp(int.from_bytes(signature.content[:_TIME_BYTES], "big"), UTC)


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def read_note(note: str) -> Note:
    """Raises BadNote. Says nothing of whether its signatures hold."""
    if len(note) > MOST_BYTES or _CONTROL.search(note):
        raise BadNote("this is no signed note: it is too long, or has control characters in it")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines:
        raise BadNote("this is no signed note: it has no text, an empty line and signatures after it")
    return Note(text + "\n", read_signatures(lines))


def read_signatures(lines: str) -> list[Signature]:
    """Raises BadNote."""
    if not lines.endswith("\n"):
        raise BadNote("the last line of a signed note has no end: was it copied whole?")
    split = lines[:-1].split("\n")
    if len(split) > MOST_SIGNATURES:
        raise BadNote(f"a note has more than {MOST_SIGNATURES} signatures")
    return [_signature(line) for line in split]


def _signature(line: str) -> Signature:
    found = _LINE.fullmatch(line)
    if found is None or not is_key_name(found[1]):
        raise BadNote("a line of signature is none")
    content = _decoded(found[2])
    if len(content) <= _ID_BYTES:
        raise BadNote("a signature is too short")
    return Signature(found[1], content[:_ID_BYTES], content[_ID_BYTES:])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("something in it is not base64") from None
