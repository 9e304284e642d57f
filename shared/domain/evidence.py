"""What a citizen or an officer shows beside words: photos, documents, videos. Pure."""

from enum import StrEnum, auto


class EvidenceState(StrEnum):
    """Until it is ready, nobody but who added it knows more than that it is there."""

    WAITING = auto()  #: to be looked at: scanned, decoded, written anew
    READY = auto()
    REFUSED = auto()  #: it is not what it says it is, or not allowed; `reason` says which
    QUARANTINED = auto()  #: the scanner found something in it
    ERASED = auto()  #: gone with the person


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
