"""Codes of clocks, their ladders and what is written down of both. Pure."""

from enum import StrEnum, auto


class ClockState(StrEnum):
    RUNNING = auto()
    PAUSED = auto()  #: and the due instant unknown: a pause that begins later changes nothing
    STOPPED = auto()
    CANCELLED = auto()


class ClockOutcome(StrEnum):
    PENDING = auto()
    MET = auto()
    LATE = auto()


#: A clock in one of these goes on.
OPEN = frozenset({ClockState.RUNNING, ClockState.PAUSED})


#: From this part of its limit on a clock is at risk.
AT_RISK = 0.8


class Lateness(StrEnum):
    """What a clock turns out to be when other rules move its due instant."""

    LATE = auto()
    IN_TIME = auto()  #: after having been late


class OnDue(StrEnum):
    """What becoming due does."""

    ESCALATE = auto()
    RECORD = auto()
    CLOSE = auto()
    RESUME = auto()
    ARCHIVE = auto()


class StepKind(StrEnum):
    REMINDER = auto()
    BREACH = auto()
    ESCALATION = auto()
    ELAPSE = auto()
