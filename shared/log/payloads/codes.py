"""Codes that only events carry."""

from enum import StrEnum, auto


class Cause(StrEnum):
    """What led to a status event."""

    OFFICER = auto()
    REPLY = auto()
    RATING = auto()
    REOPENING = auto()
    EVIDENCE = auto()  #: the reporter added what was asked for
    SILENCE = auto()  #: the reporter said nothing until the clock ran out
    ELAPSED = auto()  #: a hold ran out
    ARCHIVED = auto()  #: the report that it was merged into was archived
    WITHDRAWN = auto()  #: likewise


#: A clock did it, and nobody else.
BY_CLOCK = frozenset({Cause.SILENCE, Cause.ELAPSED})


class Proof(StrEnum):
    """How whoever acted for the reporter showed that they may."""

    CODE = auto()  #: the access code
    ACCOUNT = auto()  #: the account of an app
    SUBMITTER = auto()  #: the system that brought the report


class Purpose(StrEnum):
    """What a reporter is asked to consent to."""

    OMBUDSMAN = auto()  #: the Ombudsman may take the case over


class ErasureCause(StrEnum):
    """Why who reported, and what was said, had to go."""

    REQUEST = auto()  #: the person asked for it
    ORDER = auto()  #: a court or an authority ordered it
    RETENTION = auto()  #: it was kept as long as the rules say


class ChangedRule(StrEnum):
    """Which rule moved a deadline."""

    CALENDAR = auto()
    POLICY = auto()
    LIMIT = auto()
