"""Codes that only a newer release knows. Pure.

While an upgrade rolls, a release reads what the next one wrote: a status, a channel, a kind of event. It shows the code
as it is and takes it for none of those that it knows.
"""

from enum import StrEnum
from typing import TypeVar

Code = TypeVar("Code", bound=StrEnum)


def code(kind: type[Code], value: str) -> Code:
    """The member of an enum, or, of a code that only a newer release knows, one that is equal to none."""
    known = kind._value2member_map_.get(value)
    if known is not None:
        return known  # type: ignore[return-value]
    newer = str.__new__(kind, value)
    newer._name_, newer._value_ = value.upper(), value
    return newer
