"""The hours in which nobody is written to. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From an hour until another one, which is of the next day where it is not later. Alike: there are none."""

    begins: time
    ends: time

    @classmethod
    def of(cls, text: str) -> Self:
        """`21:00-06:00`; an empty text: none."""
        begins, _, ends = (text or "00:00-00:00").partition("-")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends))

    def over_at(self, now: datetime, zone: str) -> datetime | None:
        """When they end that it is now, there; None: it is not quiet."""
        local = now.astimezone(ZoneInfo(zone))
        if not self._hold(local.time()):
            return None
        day = local.date() + (timedelta(days=1) if local.time() >= self.ends else timedelta())
        return datetime.combine(day, self.ends, local.tzinfo).astimezone(UTC)

    def _hold(self, hour: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends
