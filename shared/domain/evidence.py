"""What a citizen or an officer shows beside words: photos, documents, videos. Pure."""

from enum import StrEnum, auto


class EvidenceState(StrEnum):
    """Until it is ready, nobody but who added it knows more than that it is there."""

    WAITING = auto()  #: to be looked at: scanned, decoded, written anew
    READY = auto()
    REFUSED = auto()  #: it is not what it says it is, or not allowed; `reason` says which
    QUARANTINED = auto()  #: the scanner found something in it
    ERASED = auto()  #: gone with the person


class Variant(StrEnum):
    """What is made of evidence to be shown. The original is for the agency's proof."""

    ORIGINAL = auto()
    PUBLIC = auto()  #: written anew, without metadata, with what the verifier blackened
    LARGE = auto()  #: a thumbnail
    SMALL = auto()  #: a smaller one
