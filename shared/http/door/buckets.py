"""Token buckets: how much somebody may ask, on average and at once. A process's own, in bounded memory.

Each is one number, the instant from which it is full again (the generic cell rate algorithm).
"""

from dataclasses import dataclass
from math import ceil

from shared.errors import TooManyRequests
from shared.http.limits.refusals import POLICY, STATE

MOST_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` on average, `burst` at once. A rate of nothing is no limit."""

    per_second: float
    burst: float


class Buckets:
    """One for each key that asked lately; the one that was asked for longest ago is forgotten first."""

    def __init__(self, rate: Rate, *, most: int = MOST_BUCKETS) -> None:
        self.rate = rate
        self._unlimited = rate.per_second <= 0
        self._most = most
        self._full_at: dict[object, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: object, now: float) -> float:
        """Draw from it; 0, or in how many seconds there is enough again. `now`: seconds of a clock that only rises."""
        if self._unlimited:
            return 0.0
        full_at = max(self._full_at.pop(key, now), now)
        ahead = full_at - now + (1 - self.rate.burst) / self.rate.per_second
        if ahead <= 0:
            full_at += 1 / self.rate.per_second
        self._full_at[key] = full_at
        if len(self._full_at) > self._most:
            del self._full_at[next(iter(self._full_at))]
        return max(ahead, 0.0)

    def lacks(self, key: object, now: float) -> float:
        """Draw nothing; 0, or in how many seconds there is enough again."""
        full_at = self._full_at.get(key)
        return 0.0 if full_at is None else max(full_at - now + (1 - self.rate.burst) / self.rate.per_second, 0.0)

    def charge(self, key: object, now: float, cost: float) -> None:
        """Draw from it for what was done already, if need be below empty; never further than one burst."""
        if not self._unlimited:
            full_at = max(self._full_at.pop(key, now), now) + cost / self.rate.per_second
            self._full_at[key] = min(full_at, now + 2 * self.rate.burst / self.rate.per_second)


class BucketEmpty(TooManyRequests):
    """Says which one, and what it holds, in the fields that limits over all copies have, too."""

    def __init__(self, whose: str, rate: Rate, seconds: float) -> None:
        wait = max(1, ceil(seconds))
        super().__init__(f"Too many requests of this {whose}; try again in {wait} s.", retry_after=wait)
        self._name = f"requests-{whose.replace(' ', '-')}"
        self._rate = rate

    @property
    def headers(self) -> dict[str, str]:
        """A policy speaks of a window: that in which an empty bucket is full again."""
        window = max(1, ceil(self._rate.burst / self._rate.per_second))
        policy = f'"{self._name}";q={max(1, int(self._rate.burst))};w={window}'
        return super().headers | {POLICY: policy, STATE: f'"{self._name}";r=0;t={self.retry_after}'}
