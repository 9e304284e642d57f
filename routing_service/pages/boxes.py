"""What lies in whose inbox, and how urgent it is. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, auto
from types import MappingProxyType

from shared.clients import Role
from shared.domain.clocks import AT_RISK


class Box(StrEnum):
    RING = auto()  #: returned so often that the holder must decide
    RETURNED = auto()
    UNVERIFIED = auto()
    UNDISPOSED = auto()
    DISPUTED = auto()  #: a direct answer that the reporter does not accept
    UNANSWERED = auto()  #: nothing was done yet by the agency
    IN_PROGRESS = auto()
    NEAR_60 = auto()  #: whatever agency has it: soon 60 days without an answer
    WAITING = auto()  #: for the reporter


_DESK = (
    Box.RING, Box.RETURNED, Box.UNVERIFIED, Box.UNDISPOSED, Box.DISPUTED, Box.NEAR_60, Box.WAITING,
)  # fmt: skip
_AGENCY = (Box.UNANSWERED, Box.IN_PROGRESS, Box.NEAR_60, Box.WAITING)

BOXES: Mapping[Role, tuple[Box, ...]] = MappingProxyType(
    {
        Role.NATIONAL_ADMIN: _DESK, Role.COORDINATOR: _DESK, Role.LIAISON_OFFICER: _AGENCY, Role.AGENCY_HEAD: _AGENCY,
    }
)  # fmt: skip


class Light(StrEnum):
    RED = auto()
    YELLOW = auto()
    GREEN = auto()
    GREY = auto()


def light(started_at: datetime | None, due_at: datetime | None, now: datetime) -> Light:
    """Grey: no deadline runs."""
    if started_at is None or due_at is None:
        return Light.GREY
    if now >= due_at:
        return Light.RED
    return Light.YELLOW if (now - started_at) >= AT_RISK * (due_at - started_at) else Light.GREEN
