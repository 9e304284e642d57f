"""By what keys the log signs: pairs of the purpose `log`, under the name that is the log's origin.

All that are held sign, so that whoever knows the former one can still verify while a successor is told to everybody.
"""

import base64
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, Ring
from shared.proof import notes
from shared.proof.checkpoints import TreeHead
from shared.proof.notes import Note, VerifierKey


def sign(head: TreeHead, ring: Ring, now: datetime) -> Note:
    """With the current key first. Raises KeyTrouble."""
    current = ring.current(KeyPurpose.LOG, now)
    others = [key for key in ring.known(KeyPurpose.LOG) if key.from_at <= now and key is not current]
    keys = [_private(key) for key in [current, *reversed(others)]]
    return Note(head.text, [notes.sign(head.text, key, head.origin) for key in keys])


def verifier_keys(ring: Ring, origin: str) -> list[VerifierKey]:
    """What others verify the log by; those that sign from a later instant on too. Raises KeyTrouble."""
    return [notes.verifier_key(_private(key), origin) for key in ring.known(KeyPurpose.LOG)]


def _private(key: Key) -> Ed25519PrivateKey:
    assert key.private is not None
    encoded = key.private["d"]
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
