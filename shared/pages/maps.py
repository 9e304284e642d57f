"""Regions as paths of SVG, from their outlines in WKB: as coarse as a picture of this size shows them. Pure.

All points are moved onto one grid, so that neighbours keep the border that they share. A border that a region has twice
lies between two of its parts and is left out: a province is drawn from the outlines of its regencies, where it has none
of its own.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Ring = Sequence[Point]
Cell = tuple[int, int]  #: a point of the grid

WIDTH, MOST_HEIGHT = 800.0, 640.0
#: In units of the drawing: what the points of the grid are apart, rings that are smaller are left out.
_STEP, _SMALL = 0.6, 1.2
#: So many characters all paths have together at most; until then they are drawn more coarsely.
MOST_CHARACTERS = 80_000
_POLYGON, _MULTIPOLYGON = 3, 6
#: In squares of the grid: a smaller hole is where two outlines do not quite meet.
_HOLE = 16.0
_ROOM = 14.0  #: a sign fits into a region that is so wide and high


class UnknownOutline(ValueError):
    """No polygon in WKB."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A region as it is drawn, its path in steps of the grid; and where a sign has room in it, if it has."""

    code: str
    path: str
    sign_at: Point | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """From degrees to units of the drawing: north above, and a degree of longitude as wide as it is in the middle."""

    west: float
    north: float
    wide: float
    high: float

    def placed(self, longitude: float, latitude: float) -> Point:
        return (longitude - self.west) * self.wide, (self.north - latitude) * self.high


@dataclass(frozen=True, slots=True)
class Map:
    """`step`: of the grid, in units of the drawing."""

    shapes: Sequence[Shape]
    width: float
    height: float
    step: float = 1.0
    frame: _Frame = _Frame(0.0, 0.0, 1.0, 1.0)

    def point(self, latitude: float, longitude: float) -> Point | None:
        """Where a place lies in the drawing; None outside of it."""
        x, y = self.frame.placed(longitude, latitude)
        return (x, y) if 0 <= x <= self.width and 0 <= y <= self.height else None


def rings_of(wkb: bytes) -> list[Ring]:
    """All rings, outer and inner. Raises UnknownOutline."""
    try:
        return list(_rings(wkb, 0)[0])
    except (struct.error, IndexError) as error:
        raise UnknownOutline("This is no polygon in WKB.") from error


def _rings(wkb: bytes, at: int) -> tuple[list[Ring], int]:
    order = "<" if wkb[at] == 1 else ">"
    kind, count = struct.unpack_from(f"{order}II", wkb, at + 1)
    at += 9
    found: list[Ring] = []
    if kind == _MULTIPOLYGON:
        for _ in range(count):
            more, at = _rings(wkb, at)
            found += more
        return found, at
    if kind != _POLYGON:
        raise UnknownOutline(f"WKB of kind {kind} is no polygon.")
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", wkb, at)
        numbers = struct.unpack_from(f"{order}{2 * points}d", wkb, at + 4)
        found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
        at += 4 + 16 * points
    return found, at


def drawn(outlines: Mapping[str, Sequence[Ring]]) -> Map:
    """Fitted into the frame. A region may have many outlines, those of its parts."""
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    if not points:
        return Map((), WIDTH, 0.0)
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrowed = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / max((east - west) * narrowed, 1e-9), MOST_HEIGHT / max(north - south, 1e-9))
    frame = _Frame(west, north, narrowed * scale, scale)
    width, height = frame.placed(east, south)
    fitted = {code: [[frame.placed(*point) for point in ring] for ring in rings] for code, rings in outlines.items()}
    step = _STEP
    while True:
        shapes = [_shape(code, rings, step) for code, rings in fitted.items()]
        if sum(len(shape.path) for shape in shapes) <= MOST_CHARACTERS or step > WIDTH:
            return Map(shapes, max(width, 1.0), max(height, 1.0), step, frame)
        step *= 1.3


def _shape(code: str, rings: Sequence[Ring], step: float) -> Shape:
    loops = [_straightened(loop) for loop in _loops(_edges(rings, step))]
    kept = list(_without_gaps([loop for loop in loops if max(_extent(loop)) * step >= _SMALL]))
    if not kept and rings:  # an island that is too small is a dot
        x, y = _cell(rings[0][0], step)
        kept = [[(x - 1, y), (x, y + 1), (x + 1, y), (x, y - 1)]]
    largest = max(kept, key=lambda loop: math.prod(_extent(loop)), default=[])
    has_room = bool(largest) and min(_extent(largest)) * step >= _ROOM
    return Shape(code, "".join(map(_path, kept)), _middle(largest, step) if has_room else None)


def _cell(point: Point, step: float) -> Cell:
    return round(point[0] / step), round(point[1] / step)


def _edges(rings: Sequence[Ring], step: float) -> set[tuple[Cell, Cell]]:
    """Those that there are once, or three times."""
    edges: set[tuple[Cell, Cell]] = set()
    for ring in rings:
        cells = [_cell(point, step) for point in ring]
        for one, other in zip(cells, cells[1:] + cells[:1], strict=True):
            if one != other:
                edges ^= {(one, other) if one < other else (other, one)}
    return edges


def _loops(edges: set[tuple[Cell, Cell]]) -> Iterator[list[Cell]]:
    """As many edges lead away from a point as to it, so that each walk comes back to where it began."""
    ways: dict[Cell, list[Cell]] = defaultdict(list)
    for one, other in sorted(edges):
        ways[one].append(other)
        ways[other].append(one)
    for start in list(ways):
        while ways[start]:
            loop, here = [start], ways[start].pop()
            ways[here].remove(start)
            while here != start:
                loop.append(here)
                there = ways[here].pop()
                ways[there].remove(here)
                here = there
            yield loop


def _without_gaps(loops: Sequence[list[Cell]]) -> Iterator[list[Cell]]:
    large = [loop for loop in loops if _area(loop) >= _HOLE]
    for loop in loops:
        if _area(loop) >= _HOLE or not any(_surrounds(one, loop[0]) for one in large):
            yield loop


def _area(loop: Sequence[Cell]) -> float:
    return abs(sum(a * d - b * c for (a, b), (c, d) in zip(loop, [*loop[1:], loop[0]], strict=True))) / 2


def _surrounds(loop: Sequence[Cell], cell: Cell) -> bool:
    """Or touches from without, at some corners."""
    x, y = cell
    inside = False
    for (a, b), (c, d) in zip(loop, [*loop[1:], loop[0]], strict=True):
        if (b > y) is not (d > y) and x < a + (c - a) * (y - b) / (d - b):
            inside = not inside
    return inside


def _straightened(loop: list[Cell]) -> list[Cell]:
    """Without the points in the middle of a straight line."""
    around = zip(loop[-1:] + loop[:-1], loop, loop[1:] + loop[:1], strict=True)
    return [(x, y) for (a, b), (x, y), (c, d) in around if (x - a) * (d - y) != (y - b) * (c - x)]


def _path(loop: Sequence[Cell]) -> str:
    """Each point as the way from the one before: a minus also parts two numbers."""
    (x, y), steps = loop[0], []
    for one, other in pairwise(loop):
        across, down = other[0] - one[0], other[1] - one[1]
        steps.append(f"{across}{down}" if down < 0 else f"{across} {down}")
    return f"M{x} {y}l{' '.join(steps)}z".replace(" -", "-")


def _extent(loop: Sequence[Cell]) -> tuple[int, int]:
    xs, ys = [x for x, _ in loop], [y for _, y in loop]
    return (max(xs) - min(xs), max(ys) - min(ys)) if loop else (0, 0)


def _middle(loop: Sequence[Cell], step: float) -> Point:
    xs, ys = [x for x, _ in loop], [y for _, y in loop]
    return (max(xs) + min(xs)) / 2 * step, (max(ys) + min(ys)) / 2 * step
