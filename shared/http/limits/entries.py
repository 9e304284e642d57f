"""What a process knows of what it counts."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import NamedTuple

from shared.http.limits.rules import LimitRule

#: Of what is left, so much is given out before the database is told.
SHARE = 8


@dataclass(slots=True)
class Entry:
    """What a process knows of a key: `known` by the database, `pending` not told it yet."""

    rule: LimitRule
    ends_at: datetime
    key: bytes
    known: int = 0
    pending: int = 0

    @property
    def used(self) -> int:
        return self.known + self.pending

    @property
    def must_settle(self) -> bool:
        return self.pending >= max(1, ceil((self.rule.most - self.known) / SHARE))


class CountedKey(NamedTuple):
    rule: LimitRule
    key: bytes
    ends_at: datetime
