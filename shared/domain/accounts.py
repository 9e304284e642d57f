"""States of accounts. Pure."""

from enum import StrEnum, auto


class AccountKind(StrEnum):
    PERSON = auto()
    SYSTEM = auto()


class AccountState(StrEnum):
    INVITED = auto()  #: has no proof yet
    ACTIVE = auto()
    LOCKED = auto()  #: for a while, or until an operator opens it
    DEACTIVATED = auto()


class InvitationKind(StrEnum):
    INVITE = auto()
    RESET = auto()


class NoticeKind(StrEnum):
    """What a person is told of their account."""

    TAKEN_UP = auto()  #: both proofs were set, by a link
    PASSWORD = auto()
    CODES = auto()
    PASSKEY = auto()
    ELSEWHERE = auto()  #: somebody else's issuer lets them in
    ADDRESS = auto()  #: the old one is told, and the new one
    LOCKED = auto()
    UNLOCKED = auto()
    DEACTIVATED = auto()
    RESET = auto()
