"""How a model is written and read: no pickle, a format with a version, and a limit to its size. Pure.

`LAPORMODEL`, the format (1 byte), and an npz archive: plain arrays, each with a checksum, one of them JSON. Reading it
runs no code, whatever is in it.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"LAPORMODEL"
FORMAT = 5
LARGEST = 256 * 1024 * 1024  #: bytes, written or unpacked

Array = npt.NDArray[Any]


class BadModel(Exception):
    """These bytes are no model that this release can read."""


def pack(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Raises BadModel where it would be too large to be read again."""
    archive = io.BytesIO()
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    np.savez(archive, allow_pickle=False, header=np.frombuffer(text, dtype=np.uint8), **arrays)
    if archive.tell() > LARGEST:
        raise BadModel(f"The model takes {archive.tell():,} bytes; {LARGEST:,} are the most.")
    return MAGIC + bytes([FORMAT]) + archive.getvalue()


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays. Raises BadModel with what is wrong."""
    format, content = blob[len(MAGIC) : len(MAGIC) + 1], io.BytesIO(blob[len(MAGIC) + 1 :])
    if not blob.startswith(MAGIC) or not format:
        raise BadModel("These bytes are no model of lapor.")
    if format[0] != FORMAT:
        raise BadModel(f"The model has format {format[0]}; this release reads format {FORMAT}. Train it anew.")
    try:
        with zipfile.ZipFile(content) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise BadModel(f"The model unpacks to more than {LARGEST:,} bytes.")
        with np.load(content, allow_pickle=False) as found:
            arrays = dict(found)
        header: dict[str, Any] = json.loads(arrays.pop("header").tobytes())
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadModel("The model is damaged, or holds something else than plain arrays.") from error
    return header, arrays
