"""Checkpoints of c2sp.org/tlog-checkpoint: how long a log is, and the root of its tree, signed. Pure."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.proof.merkle import HASH_BYTES
from shared.proof.notes import BadNote, Note, Signature, SignatureKind, VerifierKey, read_note

_SIZE = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TreeHead:
    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`cosigned`: by the witnesses that were asked for; the others' signatures are not looked at."""

    head: TreeHead
    note: Note
    cosigned: Sequence[tuple[VerifierKey, Signature]] = ()


def read_head(text: str) -> TreeHead:
    """Raises BadNote. Further lines mean nothing to us."""
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]) or lines[-1] or not _SIZE.fullmatch(lines[1]):
        raise BadNote("this is no checkpoint: it has no origin, size and root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != HASH_BYTES:
        raise BadNote("this is no checkpoint: its root is no SHA-256 hash")
    return TreeHead(lines[0], int(lines[1]), root)


def open_checkpoint(note: str, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Raises BadNote unless the log has signed it. `keys`: of the log, one of them is enough, and of witnesses."""
    read = read_note(note)
    head = read_head(read.text)
    by_log, by_witnesses = [], []
    for key in keys:
        if (signature := key.signed(read.text, read.signatures)) is None:
            continue
        if key.kind is SignatureKind.COSIGNATURE:
            by_witnesses.append((key, signature))
        elif key.name == head.origin:
            by_log.append(signature)
    if not by_log:
        raise BadNote(f"none of the given keys has signed this checkpoint of {head.origin}")
    return Checkpoint(head, read, by_witnesses)
