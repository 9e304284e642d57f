"""What a file is, by its first bytes and never by its name. Pure.

Only what starts as one of these is taken in at all; whether it is one through and through is found out when it is
decoded (`media/`).
"""

from collections.abc import Mapping
from types import MappingProxyType

#: As many bytes as are needed to tell.
HEAD_BYTES = 32

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
PDF, MP4, THREE_GP = "application/pdf", "video/mp4", "video/3gpp"

#: By media type, the ending of a name that we give to such a file.
ENDINGS: Mapping[str, str] = MappingProxyType(
    {JPEG: "jpg", PNG: "png", WEBP: "webp", HEIC: "heic", PDF: "pdf", MP4: "mp4", THREE_GP: "3gp"}
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MP4_BRANDS = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VP",
                         b"dash", b"mmp4", b"MSNV", b"f4v ", b"qt  "})  # fmt: skip


def kind_of(head: bytes) -> str | None:
    """The media type; None: not one of those that are evidence."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    return _boxed(head)


def _boxed(head: bytes) -> str | None:
    """A file of ISO 14496-12 begins with a box that names its brand."""
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in _HEIC_BRANDS:
        return HEIC
    if brand[:2] == b"3g":
        return THREE_GP
    return MP4 if brand in _MP4_BRANDS else None
