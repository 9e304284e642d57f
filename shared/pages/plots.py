"""Plots as lines and rectangles in a frame, for a template to write as SVG. Pure.

What there is none of is a gap, not a zero. `shared/data/pages/plots.html` draws them, each with a table beside it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The frame, in units of the drawing, and what is left of it for the axes.
WIDTH, HEIGHT = 640.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 22.0, 34.0
#: So many labels fit below a plot.
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Point:
    """A value as it is drawn and as it is read. `value` None: too few, or nothing."""

    label: str
    value: float | None
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line, or a column."""

    x: float
    y: float
    width: float
    height: float
    point: Point


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across a plot that marks a value, and the side on which its words have room."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    marks: Sequence[Mark]
    lines: Sequence[str]  #: the corners of each unbroken line, as SVG writes them
    levels: Sequence[Tick]  #: of the vertical axis
    labels: Sequence[Tick]  #: of the horizontal one
    rules: Sequence[Rule] = ()
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def top_of(values: Sequence[float]) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, and no value above it."""
    highest = max(values, default=0.0)
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= highest * (1 - 1e-9))


def trend(points: Sequence[Point], *, top: float | None = None, percent: bool = False) -> Plot:
    """A line through the points, broken where one has no value. `top`: of the axis, where it is known."""
    end = top or top_of([one.value for one in points if one.value is not None])
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    marks = [
        Mark(LEFT + (index + 0.5) * step, _y(one.value, end), 0, 0, one)
        for index, one in enumerate(points)
        if one.value is not None
    ]
    return Plot(marks, _lines(points, step, end), _levels(end, percent=percent), _labels(points, step))


def _lines(points: Sequence[Point], step: float, end: float) -> list[str]:
    found: list[list[str]] = [[]]
    for index, one in enumerate(points):
        if one.value is None:
            found.append([])
        else:
            found[-1].append(f"{LEFT + (index + 0.5) * step:.1f},{_y(one.value, end):.1f}")
    return [" ".join(line) for line in found if len(line) > 1]


def columns(points: Sequence[Point], rules: Sequence[tuple[float, str]] = ()) -> Plot:
    """A column for each point; `rules` mark places between them, counted in columns from the left edge."""
    end = top_of([one.value for one in points if one.value is not None])
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    base = HEIGHT - BOTTOM
    marks = [
        Mark(LEFT + (index + 0.1) * step, _y(one.value, end), 0.8 * step, base - _y(one.value, end), one)
        for index, one in enumerate(points)
        if one.value is not None
    ]
    across = [_rule(min(at, len(points)) * step + LEFT, text) for at, text in rules]
    return Plot(marks, (), _levels(end, whole=True), _labels(points, step), across)


def _rule(x: float, text: str) -> Rule:
    return Rule(x, text, "start" if x < (LEFT + WIDTH - RIGHT) / 2 else "end")


def _y(value: float, end: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value, end) / end


def _levels(end: float, *, percent: bool = False, whole: bool = False) -> list[Tick]:
    steps = 4 if percent or f"{end:e}".startswith("2") else 5
    if whole:  # nobody counts half a report
        steps = min(steps, max(1, round(end)))
    values = [end * index / steps for index in range(steps + 1)]
    return [Tick(_y(value, end), f"{value:.0%}" if percent else f"{value:g}") for value in values]


def _labels(points: Sequence[Point], step: float) -> list[Tick]:
    every = math.ceil(len(points) / _MOST_LABELS)
    return [Tick(LEFT + (index + 0.5) * step, one.label) for index, one in enumerate(points) if index % every == 0]


def share_of(value: float | None, highest: float) -> float:
    """How long a bar in a table is, 0 to 100."""
    return 0.0 if value is None or highest <= 0 else round(100 * min(value, highest) / highest, 1)
