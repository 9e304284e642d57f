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
