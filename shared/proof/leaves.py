"""What a leaf of our log says: that a chain had this end. Pure.

Of a report's events:

    lapor/chain/v1
    <commitment to the report, base64>
    <seq of its last event>
    <hash of its last event, base64>

Of the log of its supports: `lapor/supports/v1`, with a commitment that nobody can tell to be of the same report. Of the
log of the registry, of which there is one: `lapor/registry/v1`, without a commitment.

The commitment is the salted digest of the report's id and tracking number. Nobody can tell from it which report it is
but who has the salt: the reporter, whose receipt carries it, and we. The salt is of this alone, so that it stays when a
reporter's words, and the salts of those, are erased.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from enum import StrEnum, auto
from uuid import UUID

from shared.ids import TRACKING_DIGITS, salted_digest
from shared.proof.merkle import HASH_BYTES, leaf_hash
from shared.proof.notes import BadNote

_NUMBER = re.compile(rf"\d{{{TRACKING_DIGITS}}}", re.ASCII)
_ENTRY = re.compile(
    r"lapor/(?:(registry)|(chain|supports)/v1\n([A-Za-z0-9+/]{43}=))(?(1)/v1)\n([1-9]\d{0,9})\n([A-Za-z0-9+/]{43}=)\n",
    re.ASCII,
)


class LeafKind(StrEnum):
    CHAIN = auto()
    SUPPORTS = auto()
    REGISTRY = auto()


def commitment(salt: bytes, report_id: UUID, tracking_number: str) -> bytes:
    return bytes.fromhex(salted_digest(salt, "report", str(report_id), tracking_number))


def commitment_of_supports(salt: bytes, report_id: UUID, tracking_number: str) -> bytes:
    """Another one: how many support a report is public, how many events it has is not."""
    return bytes.fromhex(salted_digest(salt, "supports", str(report_id), tracking_number))


@dataclass(frozen=True, slots=True)
class Leaf:
    commitment: bytes  #: empty: of the registry
    seq: int
    head: bytes
    kind: LeafKind = LeafKind.CHAIN

    @property
    def entry(self) -> bytes:
        committed = [base64.b64encode(self.commitment).decode()] if self.commitment else []
        lines = [f"lapor/{self.kind}/v1", *committed, str(self.seq), base64.b64encode(self.head).decode()]
        return "".join(f"{line}\n" for line in lines).encode()

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.entry)

    @classmethod
    def read(cls, entry: bytes) -> "Leaf | None":
        """None: it is none that we write."""
        found = _ENTRY.fullmatch(entry.decode("ascii", "replace"))
        if found is None:
            return None
        committed = base64.b64decode(found[3] or "")
        return cls(committed, int(found[4]), base64.b64decode(found[5]), LeafKind(found[1] or found[2]))


@dataclass(frozen=True, slots=True)
class Opening:
    """What a receipt carries beside the proof: from what the leaf can be computed again."""

    report_id: UUID
    tracking_number: str
    salt: bytes
    seq: int
    head: bytes

    @property
    def leaf(self) -> Leaf:
        return Leaf(commitment(self.salt, self.report_id, self.tracking_number), self.seq, self.head)

    def as_bytes(self) -> bytes:
        said = {
            "format": "lapor/receipt/v1",
            "report": str(self.report_id),
            "tracking_number": self.tracking_number,
            "salt": self.salt.hex(),
            "seq": self.seq,
            "head": self.head.hex(),
        }
        return json.dumps(said, separators=(",", ":")).encode()

    @classmethod
    def read(cls, extra: bytes) -> "Opening":
        """Raises BadNote."""
        try:
            said = json.loads(extra)
            if said["format"] != "lapor/receipt/v1" or type(said["seq"]) is not int or said["seq"] < 1:
                raise BadNote("the receipt is of a format that this program does not know")
            number, head, salt = said["tracking_number"], bytes.fromhex(said["head"]), bytes.fromhex(said["salt"])
            opening = cls(UUID(said["report"]), number, salt, said["seq"], head)
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError):
            raise BadNote("what the receipt says of its report cannot be read") from None
        if len(head) != HASH_BYTES or not isinstance(number, str) or not _NUMBER.fullmatch(number):
            raise BadNote("what the receipt says of its report cannot be right")
        return opening
