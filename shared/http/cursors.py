"""Cursors that only this system reads, for pages on which the place of a line would tell more than the line does."""

import base64
import binascii
from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from shared.errors import bad_cursor
from shared.http import sealing
from shared.http.wire import Shape, canonical_values


def seal(secrets: Sequence[str], *values: object, of: str) -> str:
    """With the first secret. `of`: the view, and what it is of; the cursor is good there and nowhere else."""
    sealed = sealing.seal(_key(secrets[0]), canonical_values(values), about=of.encode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(secrets: Sequence[str], cursor: str, shape: type[Shape], *, of: str) -> Shape:
    """With whichever secret it was sealed. Raises Invalid (422) for a cursor that we did not make, or made for another
    view.
    """
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except binascii.Error as error:
        raise bad_cursor() from error
    tried = (sealing.unseal(_key(secret), sealed, about=of.encode()) for secret in secrets)
    text = next((one for one in tried if one is not None), None)
    if text is None:
        raise bad_cursor()
    try:
        return TypeAdapter(shape).validate_json(text)
    except ValidationError as error:
        raise bad_cursor() from error


def _key(secret: str) -> bytes:
    return sealing.key_of(secret, "", purpose="cursor")
