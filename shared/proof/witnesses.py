"""Who cosigns the checkpoints of the log: a key each, and where it is asked. Pure."""

from typing import NamedTuple
from urllib.parse import urlsplit

from shared.proof.notes import BadNote, SignatureKind, VerifierKey


class Witness(NamedTuple):
    key: VerifierKey
    url: str


def read_witnesses(text: str) -> list[Witness]:
    """`KEY URL, KEY URL`. Raises ValueError, with a sentence."""
    found = [_witness(one.split()) for one in text.split(",") if one.strip()]
    if len({witness.key.name for witness in found}) < len(found):
        raise ValueError("two witnesses have the same name")
    return found


def _witness(parts: list[str]) -> Witness:
    if len(parts) != 2:
        raise ValueError("write each witness as its key (name+id+key), a space and its address, with commas between")
    try:
        key = VerifierKey.read(parts[0])
    except BadNote as error:
        raise ValueError(str(error)) from None
    if key.kind is not SignatureKind.COSIGNATURE:
        raise ValueError(f"the key of {key.name} is that of a log, not of a witness")
    address = urlsplit(parts[1])
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError(f"the address of {key.name} begins with https://")
    return Witness(key, parts[1].rstrip("/"))
