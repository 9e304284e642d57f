"""Files that are something else as well: a picture to one program, a page with a script or an archive to another. Pure.

What the public gets is written anew and has none of it. The original is kept as proof, though, and somebody opens it.
"""

import re
from collections.abc import Callable

from intake_api.evidence.kinds import HEAD_BYTES, PDF
from intake_api.evidence.media.tasks import PICTURES

#: `size` bytes from `offset`; fewer at the end.
Read = Callable[[int, int], bytes]

#: Long enough not to come about by chance in the noise of a picture.
_MARKUP = re.compile(
    rb"<(?:script|iframe|!doctype\s|html[\s>]|body[\s>]|svg\s[^>]{0,200}xmlns|\?php\s|object\s|embed\s|meta\s+http-equiv)",
    re.IGNORECASE,
)
_LONGEST = 256
_BLOCK = 2**20
#: How a reader of ZIP finds an archive, whatever stands in front of it: 22 bytes and a comment that ends the file.
_END_OF_ARCHIVE = b"PK\x05\x06"
_END_BYTES = 22 + 0xFFFF
#: Within so many bytes readers of PDF look for its beginning.
_PDF_SEEN_BYTES = 1024


def is_disguised(kind: str, read: Read, size: int) -> bool:
    head = read(0, max(HEAD_BYTES, _PDF_SEEN_BYTES))
    if kind != PDF and b"%PDF-" in head:
        return True
    if _is_archive(read, size):
        return True
    return _has_markup(read, size if kind in PICTURES else min(size, _PDF_SEEN_BYTES))


def _has_markup(read: Read, size: int) -> bool:
    before = b""
    for at in range(0, size, _BLOCK):
        block = before + read(at, min(_BLOCK, size - at))
        if _MARKUP.search(block):
            return True
        before = block[-_LONGEST:]
    return False


def _is_archive(read: Read, size: int) -> bool:
    tail = read(max(0, size - _END_BYTES), _END_BYTES)
    at = tail.rfind(_END_OF_ARCHIVE)
    while at >= 0:
        if len(tail) - at >= 22 and int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail) - at - 22:
            return True
        at = tail.rfind(_END_OF_ARCHIVE, 0, at)
    return False
