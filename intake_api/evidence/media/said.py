"""When and where a file says that it was taken: sealed under the key of the original, and gone with it."""

import json
from dataclasses import asdict

from intake_api.evidence.files import TABLE, id_of
from intake_api.evidence.media.tasks import CameraSaid
from intake_api.evidence.sealing import FileKey
from shared.keys.held import Keys
from shared.schema import StoredFile

#: Among the parts that the key of a file seals there is this one alone.
_PART = 0


def seal_said(keys: Keys, original: StoredFile, said: CameraSaid) -> bytes | None:
    """None: it says nothing. Raises Unavailable."""
    if said.taken_at is None and said.latitude is None:
        return None
    return _key(keys, original).seal_part(_PART, json.dumps(asdict(said)).encode())


def open_said(keys: Keys, original: StoredFile, sealed: bytes) -> CameraSaid:
    """Raises Unavailable."""
    return CameraSaid(**json.loads(_key(keys, original).open_part(_PART, sealed)))


def _key(keys: Keys, original: StoredFile) -> FileKey:
    return FileKey.open(keys, TABLE, id_of(original.location), original.key_id, original.wrapped_key)
