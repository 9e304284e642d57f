"""What a citizen or an officer shows beside words: photos, documents, videos. Pure."""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.wording import Wording


class EvidenceState(StrEnum):
    """Until it is ready, nobody but who added it knows more than that it is there."""

    WAITING = auto()  #: to be looked at: scanned, decoded, written anew
    READY = auto()
    REFUSED = auto()  #: it is not what it says it is, or not allowed; `reason` says which
    QUARANTINED = auto()  #: the scanner found something in it
    ERASED = auto()  #: gone with the person


class Refusal(StrEnum):
    """Why a file is not taken as evidence."""

    UNKNOWN_KIND = auto()  #: none of those that evidence may be
    TWO_KINDS_AT_ONCE = auto()  #: a picture to one program, and a page, script or archive to another
    DAMAGED = auto()  #: cannot be read to its end
    TOO_MANY_BYTES = auto()
    TOO_MANY_PIXELS = auto()
    ODD_PROPORTIONS = auto()  #: a side of a few pixels, or of too many
    TOO_MANY_PAGES = auto()
    VIDEO_TOO_LONG = auto()
    VIDEO_IN_FRAGMENTS = auto()  #: as it is streamed, without a table of what it holds
    VIDEO_WITHOUT_PICTURE = auto()
    UNKNOWN_CODEC = auto()
    PDF_ENCRYPTED = auto()
    INFLATES_TOO_MUCH = auto()  #: a small file that becomes a huge one when it is opened
    NEEDS_TOO_MUCH_MEMORY = auto()
    TOOK_TOO_LONG = auto()
    DECODER_FAILED = auto()  #: the process that read it died of it


class Remark(StrEnum):
    """What a verifier should look at; never for the public."""

    TAKEN_FAR_AWAY = auto()  #: 300 km or more from the place that the report names
    TAKEN_LONG_BEFORE = auto()  #: a year or more before the report
    TAGS_UNREADABLE = auto()  #: it says when or where it was taken, and that cannot be read


class Variant(StrEnum):
    """What is made of evidence to be shown. The original is for the agency's proof."""

    ORIGINAL = auto()
    CLEAN = auto()  #: written anew, without metadata, for those who work on it
    PUBLIC = auto()  #: the same with what the verifier blackened
    LARGE = auto()  #: a thumbnail of that
    SMALL = auto()  #: a smaller one


R = Refusal
#: Why a file was not taken, for whoever sent it.
REFUSALS: Mapping[Refusal, Wording] = MappingProxyType(
    {
        R.UNKNOWN_KIND: ("jenis berkas ini tidak diterima", "files of this kind are not taken"),
        R.TWO_KINDS_AT_ONCE: ("berkas ini memuat berkas jenis lain", "the file holds a file of another kind"),
        R.DAMAGED: ("berkas rusak", "the file is damaged"),
        R.TOO_MANY_BYTES: ("berkas terlalu besar", "the file is too large"),
        R.TOO_MANY_PIXELS: ("gambar terlalu besar", "the picture is too large"),
        R.ODD_PROPORTIONS: ("gambar terlalu sempit atau terlalu panjang", "the picture is too narrow or too long"),
        R.TOO_MANY_PAGES: ("halaman terlalu banyak", "there are too many pages"),
        R.VIDEO_TOO_LONG: ("video terlalu lama", "the video is too long"),
        R.VIDEO_IN_FRAGMENTS: ("video terpotong-potong", "the video is in fragments"),
        R.VIDEO_WITHOUT_PICTURE: ("video tanpa gambar", "the video has no picture"),
        R.UNKNOWN_CODEC: ("format video ini tidak dikenal", "the format of the video is not known"),
        R.PDF_ENCRYPTED: ("PDF terkunci dengan kata sandi", "the PDF is locked with a password"),
        R.INFLATES_TOO_MUCH: ("isi berkas terlalu besar saat dibuka", "the file becomes too large when it is opened"),
        R.NEEDS_TOO_MUCH_MEMORY: ("berkas terlalu rumit", "the file is too complex"),
        R.TOOK_TOO_LONG: ("pemeriksaan berkas terlalu lama", "looking at the file took too long"),
        R.DECODER_FAILED: ("berkas tidak dapat dibaca", "the file cannot be read"),
    }
)
REMARKS: Mapping[Remark, Wording] = MappingProxyType(
    {
        Remark.TAKEN_FAR_AWAY: (
            "foto diambil 300 km atau lebih dari lokasi laporan",
            "the photo was taken 300 km or more from where the report is about",
        ),
        Remark.TAKEN_LONG_BEFORE: (
            "foto diambil setahun atau lebih sebelum laporan",
            "the photo was taken a year or more before the report",
        ),
        Remark.TAGS_UNREADABLE: (
            "keterangan waktu dan tempat di dalam foto tidak terbaca",
            "what the photo says of when and where it was taken cannot be read",
        ),
    }
)
