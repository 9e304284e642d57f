"""The chain of a report's supports: each that is given or taken back has an entry, so that none can be invented.

Apart from the events, since nothing that officers or clocks do follows from a support. A supporter is a digest that is
salted by the report: of two reports nobody sees that they have one in common.
"""

import hashlib
from datetime import datetime
from enum import StrEnum, auto
from uuid import UUID

from shared.ids import framed, salted_digest
from shared.log.events import HASH_VERSION, microseconds


class SupportKind(StrEnum):
    GIVEN = auto()
    WITHDRAWN = auto()


def supporter_digest(private_salt: bytes, supporter_hash: bytes) -> str:
    return salted_digest(private_salt, "support", supporter_hash.hex())


def entry_hash(
    previous: bytes, *, report_id: UUID, seq: int, kind: str, supporter: str, recorded_at: datetime
) -> bytes:
    """The link of an entry to the one before; the first follows `GENESIS`. `supporter`: its digest."""
    line = framed(
        str(HASH_VERSION), "support", str(report_id), str(seq), kind, supporter, str(microseconds(recorded_at))
    )
    return hashlib.sha256(previous + line).digest()
