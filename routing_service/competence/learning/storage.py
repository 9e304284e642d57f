"""How a model is written and read: no pickle, a format with a version, a checksum, and a limit to its size. Pure.

`LAPORMODEL` + format (1 byte) + SHA-256 of the rest (32 bytes) + an npz archive of plain arrays. Texts stand in it as
UTF-8 bytes. Reading an archive runs no code, whatever is in it.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"LAPORMODEL"
FORMAT = 4
LARGEST = 256 * 1024 * 1024  #: bytes, written or unpacked

Array = npt.NDArray[Any]

_PREFIX = len(MAGIC) + 1 + hashlib.sha256().digest_size
_HEADER = "header"


class BadModel(ValueError):
    """These bytes are no model that this release can read."""


def pack(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Raises BadModel where it would be too large to be read again."""
    archive = io.BytesIO()
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    np.savez(archive, allow_pickle=False, **{_HEADER: np.frombuffer(text, dtype=np.uint8), **arrays})
    content = archive.getvalue()
    if len(content) > LARGEST:
        raise BadModel(f"The model takes {len(content):,} bytes; {LARGEST:,} are the most.")
    return MAGIC + bytes([FORMAT]) + hashlib.sha256(content).digest() + content


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays. Raises BadModel with what is wrong."""
    content = _checked(blob)
    try:
        unpacked = _unpacked_size(content)
    except zipfile.BadZipFile as error:
        raise BadModel("The model cannot be read: it is no archive of arrays.") from error
    if unpacked > LARGEST:
        raise BadModel(f"The model unpacks to more than {LARGEST:,} bytes.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop(_HEADER).tobytes())
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadModel("The model cannot be read: it holds something else than plain arrays.") from error
    if not isinstance(header, dict):
        raise BadModel("The model cannot be read: its header is no JSON object.")
    return header, arrays


def _checked(blob: bytes) -> bytes:
    if len(blob) < _PREFIX or not blob.startswith(MAGIC):
        raise BadModel("These bytes are no model of lapor.")
    if blob[len(MAGIC)] != FORMAT:
        raise BadModel(f"The model has format {blob[len(MAGIC)]}; this release reads format {FORMAT}. Train it anew.")
    content = blob[_PREFIX:]
    if len(content) > LARGEST:
        raise BadModel(f"The model takes {len(content):,} bytes; {LARGEST:,} are the most.")
    if hashlib.sha256(content).digest() != blob[len(MAGIC) + 1 : _PREFIX]:
        raise BadModel("The model is damaged: its checksum does not match its content.")
    return content


def _unpacked_size(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def pack_texts(texts: tuple[str, ...]) -> Array:
    """Lines of UTF-8; no text may hold a line break."""
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def unpack_texts(array: Array) -> tuple[str, ...]:
    text = array.tobytes().decode()
    return tuple(text.split("\n")) if text else ()
