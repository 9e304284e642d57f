"""The log of the registry and the rules: who changed what, in one chain of hashes.

Triggers write it (migrations), in the transaction of the change and whoever makes it: no change can be forgotten, and
one that was made by hand in SQL is in it under the name of the account of the database. Who acts, `get_session` tells
the transaction (shared/transactions.py); commands and jobs go by the name of their process.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from shared.ids import framed
from shared.log.events import microseconds

#: The role of an actor whom none of our processes named: somebody changed the registry by hand.
BY_HAND = "database:"


def registry_hash(
    previous: bytes, *, seq: int, event_id: UUID, subject: str, key: str, actor: str, recorded_at: datetime, data: str
) -> bytes:
    """The link of a change to the one before; the trigger computes the same."""
    line = framed(str(seq), str(event_id), subject, key, actor, str(microseconds(recorded_at)), data)
    return hashlib.sha256(previous + line).digest()
