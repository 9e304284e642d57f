"""The states of what is stored with one, where it is no report and no clock. Pure."""

from enum import StrEnum, auto


class RuleSetState(StrEnum):
    """A set of rules is written as a draft, is in force, and is retired when another comes in its place."""

    DRAFT = auto()
    ACTIVE = auto()
    RETIRED = auto()


class ModelState(StrEnum):
    """A model that was learned is a candidate until it is put in force."""

    CANDIDATE = auto()
    ACTIVE = auto()
    RETIRED = auto()


class TaskState(StrEnum):
    """Long work that a worker does piece by piece."""

    PENDING = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()  #: a simulation alone: a recomputation goes on until it is done
