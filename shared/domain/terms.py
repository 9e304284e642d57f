"""From when until when an agency, or a category, is in service. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


def in_service(on: date, *, active: bool, first: date | None, last: date | None) -> bool:
    """`first` None: since ever; `last` None: for good. In SQL: shared/queries/terms.py."""
    return active and (first is None or first <= on) and (last is None or on <= last)


@dataclass(frozen=True, slots=True)
class Term:
    active: bool = True
    valid_from: date | None = None  #: None: since ever
    valid_until: date | None = None  #: the last day; None: for good

    def serves(self, on: date) -> bool:
        return in_service(on, active=self.active, first=self.valid_from, last=self.valid_until)

    def last_day(self, on: date) -> date | None:
        """The last day from `on` on that it is in service; the day before where there is none left."""
        if not self.active:
            return on - _DAY
        return None if self.valid_until is None else max(self.valid_until, on - _DAY)
