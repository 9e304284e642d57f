"""What is to be done about a new report, apart from its delivery."""

from enum import StrEnum, auto

#: Longer ones have a queue of their own, so that an ordinary report waits for one long one at most.
LONG_CHARACTERS = 4_000


class Task(StrEnum):
    DECISION = auto()  #: where it should go
    TEXT = auto()  #: what everybody may read of it
