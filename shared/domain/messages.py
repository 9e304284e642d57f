"""Kinds of messages: who writes them and who may read them."""

from enum import StrEnum, auto


class MessageKind(StrEnum):
    # by the reporter
    REPLY = auto()
    RATING = auto()
    REOPENING = auto()
    APPEAL = auto()
    # by agencies and administrators
    QUESTION = auto()
    RESPONSE = auto()
    FINAL_RESPONSE = auto()
    EXPLANATION = auto()  #: why a report was archived; for its reporter, and nobody outside
    NOTE = auto()  #: internal: a note, the note of a disposition, a redirect or an archiving
    IDENTITY_REASON = auto()  #: why a custodian looked; its own reporter may read it


BY_REPORTER = frozenset({MessageKind.REPLY, MessageKind.RATING, MessageKind.REOPENING, MessageKind.APPEAL})
INTERNAL = frozenset({MessageKind.NOTE})
OFFICIAL = frozenset({MessageKind.RESPONSE, MessageKind.FINAL_RESPONSE})
