"""Receipts: c2sp.org/tlog-proof@v1, that a report's chain is in the log, to be checked without asking anybody. Pure."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.proof.checkpoints import Checkpoint, open_checkpoint
from shared.proof.leaves import Opening
from shared.proof.merkle import HASH_BYTES, is_included
from shared.proof.notes import BadNote, VerifierKey

_TITLE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9]\d{0,18})", re.ASCII)
_EXTRA = "extra "
MOST_BYTES = 200_000
MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    extra: bytes
    index: int
    hashes: Sequence[bytes]
    note: str  #: the checkpoint, as it was signed

    def __str__(self) -> str:
        extra = [f"{_EXTRA}{base64.b64encode(self.extra).decode()}"] if self.extra else []
        hashes = [base64.b64encode(hash).decode() for hash in self.hashes]
        return "\n".join([_TITLE, *extra, f"index {self.index}", *hashes, "", self.note])

    @classmethod
    def read(cls, text: str) -> "TlogProof":
        """Raises BadNote."""
        if len(text) > MOST_BYTES:
            raise BadNote("this is no receipt: it is too long")
        head, blank, note = text.partition("\n\n")
        title, *lines = head.split("\n")
        if title != _TITLE or not blank or not lines:
            raise BadNote(f"this is no receipt: it does not begin with {_TITLE}")
        extra = _decoded(lines.pop(0).removeprefix(_EXTRA)) if lines[0].startswith(_EXTRA) else b""
        index = _INDEX.fullmatch(lines[0]) if lines else None
        hashes = [_decoded(line) for line in lines[1:]]
        if index is None or len(hashes) > MOST_HASHES or any(len(hash) != HASH_BYTES for hash in hashes):
            raise BadNote("this is no receipt: its index or the hashes of its proof cannot be read")
        return cls(extra, int(index[1]), hashes, note)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt proves: that the log of `checkpoint` holds the end of this report's chain."""

    opening: Opening
    index: int
    checkpoint: Checkpoint


def verify(receipt: str, keys: Sequence[VerifierKey]) -> Verified:
    """Raises BadNote, with what is wrong. `keys`: of the log, and of witnesses."""
    proof = TlogProof.read(receipt)
    opening = Opening.read(proof.extra)
    checkpoint = open_checkpoint(proof.note, keys)
    head = checkpoint.head
    if not is_included(opening.leaf.hash, proof.index, head.size, proof.hashes, head.root):
        raise BadNote("the receipt does not prove that its report is in the log: it was changed, or made up")
    return Verified(opening, proof.index, checkpoint)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("this is no receipt: something in it is not base64") from None
