"""What a measurement says, and the arithmetic that they share."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `ok` is None where nothing was asked for."""

    name: str
    measured: str
    target: str = ""
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """`figures` is for the JSON; `note` says under which conditions."""

    letter: str
    title: str
    findings: list[Finding]
    figures: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Of what was measured side by side, so that a slow minute of the machine slows both down."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def at_least(name: str, value: float, target: float) -> Finding:
    return Finding(name, f"{value:.2f}", f"at least {target:.2f}", value >= target)


def at_most(name: str, value: float, target: float) -> Finding:
    return Finding(name, f"{value:.2f}", f"at most {target:.2f}", value <= target)
