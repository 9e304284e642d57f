"""What is added up of the reports of a month: each condition of the catalogue once, told by each thing. Pure.

What a figure says of "now" by more than whether something is over (how old a report is) cannot be added up beforehand;
such indicators are asked of the rows.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from sla_monitor.indicators.catalogue import Catalogue, Dimension, Grain, Indicator, shipped

T = TypeVar("T")

#: `told_by` of the sum of all.
ALL = "all"
#: `stage` of a sum over all stages, and of a sum of reports.
ALL_STAGES, NO_STAGE = "*", ""
#: Raised when sums come to mean something else although no condition has changed.
_VERSION = 1

#: Whose a figure is.
_AGENCIES = ("agency", "responder", "returner")
_TOLD_BY: Mapping[Dimension, str] = MappingProxyType({
    Dimension.CLASS: "classification", Dimension.CATEGORY: "category", Dimension.CHANNEL: "channel",
    Dimension.REGION: "region", Dimension.REASON: "archive_reason", Dimension.MONTH: ALL, Dimension.STAGE: ALL,
})  # fmt: skip


def is_summed(indicator: Indicator) -> bool:
    """Whether what it counts changes only by an event, or when a deadline passes."""
    if indicator.grain is Grain.REPORT:
        return ":as_of" not in f"{indicator.counts} {indicator.among} {indicator.value}"
    return indicator.grain is Grain.STEP


def told_by(indicator: Indicator, by: Dimension | None) -> str:
    """The column that sums are told by; of agencies the one that this indicator belongs to."""
    if by is None:
        return ALL
    return indicator.agency if by in (Dimension.AGENCY, Dimension.INSTANSI) else _TOLD_BY[by]


class Terms:
    """The conditions and values of a catalogue, in the order in which sums keep them."""

    def __init__(self, catalogue: Catalogue) -> None:
        known = [one for one in catalogue.indicators.values() if is_summed(one)]
        self.counts: Mapping[Grain, Sequence[str]] = {
            grain: _distinct(text for one in known if one.grain is grain for text in (one.counts, one.among))
            for grain in (Grain.REPORT, Grain.STEP)
        }
        self.means: Sequence[Indicator] = tuple(one for one in known if one.value is not None)
        said = repr((_VERSION, sorted(self.counts.items()), [(one.code, one.value) for one in self.means]))
        self.digest = hashlib.sha256(said.encode()).hexdigest()[:32]

    def place(self, indicator: Indicator, condition: str) -> int:
        """Of a condition among the counts, as PostgreSQL numbers the elements of an array."""
        return self.counts[indicator.grain].index(condition) + 1

    def value_place(self, indicator: Indicator) -> int:
        return [one.code for one in self.means].index(indicator.code) + 1


@cache
def shipped_terms() -> Terms:
    """Thresholds are an installation's own, conditions are not."""
    return Terms(shipped())


def _distinct(found: Iterable[T]) -> Sequence[T]:
    return tuple(dict.fromkeys(found))
