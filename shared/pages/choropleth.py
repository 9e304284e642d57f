"""A map on which each region has the shade, or the colour, of its figure: what a template draws. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.pages.maps import Map, Point, Shape

SHADES = 5
_SERIES = (1, 2, 3, 5)


@dataclass(frozen=True, slots=True)
class Area:
    """A region of a map. `kind`: its class in the style; `sign`: what stands on it, where it has room."""

    shape: Shape
    name: str
    told: str
    kind: str
    sign: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class LegendLine:
    """A line of the legend."""

    kind: str
    told: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Choropleth:
    drawing: Map
    areas: Sequence[Area]
    legend: Sequence[LegendLine]
    dots: Sequence[Point] = ()

    @property
    def scale(self) -> str:
        return f"{self.drawing.step:.4g}"


def steps_to(highest: int) -> list[int]:
    """Round numbers from which on a count has the next shade: at most four, each about as many times the one before."""
    if highest < 2:
        return []
    ratio = highest ** (1 / SHADES)
    return sorted({_round(ratio**power) for power in range(1, SHADES)} - {1})


def _round(value: float) -> int:
    size = 1
    while size * 10 <= value:
        size *= 10
    return min((size * one for one in (*_SERIES, 10)), key=lambda one: abs(one - value))


def shade(value: float, steps: Sequence[float]) -> str:
    return f"shade{1 + sum(value >= step for step in steps)}"


def legend_of(steps: Sequence[int]) -> list[LegendLine]:
    """Of counts from 1 on."""
    if not steps:
        return [LegendLine("shade1", "1")]
    bounds = [1, *steps]
    found = [LegendLine(shade(low, steps), _between(low, high - 1)) for low, high in pairwise(bounds)]
    return [*found, LegendLine(shade(bounds[-1], steps), f"{bounds[-1]}+")]


def _between(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}\N{EN DASH}{high}"
