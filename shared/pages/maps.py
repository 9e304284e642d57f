"""Regions as paths of SVG, from their outlines in WKB: as coarse as a picture of this size shows them. Pure."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Ring = Sequence[Point]

WIDTH, MOST_HEIGHT = 640.0, 640.0
#: In units of the drawing: points that are nearer to each other are one, rings that are smaller are left out.
_NEAR, _SMALL = 0.7, 1.2
#: So many characters all paths have together at most; until then they are drawn more coarsely.
MOST_CHARACTERS = 90_000
_POLYGON, _MULTIPOLYGON = 3, 6
_ROOM = 14.0  #: a sign fits into a region that is so wide and high


class UnknownOutline(ValueError):
    """No polygon in WKB."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A region as it is drawn, and where a sign has room in it, if it has."""

    code: str
    path: str
    sign_at: Point | None


@dataclass(frozen=True, slots=True)
class Map:
    shapes: Sequence[Shape]
    width: float
    height: float


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
    """Fitted into the frame, north above."""
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    if not points:
        return Map((), WIDTH, 0.0)
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrowed = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / max((east - west) * narrowed, 1e-9), MOST_HEIGHT / max(north - south, 1e-9))
    width, height = (east - west) * narrowed * scale, (north - south) * scale

    def placed(point: Point) -> Point:
        return (point[0] - west) * narrowed * scale, (north - point[1]) * scale

    fitted = {code: [[placed(point) for point in ring] for ring in rings] for code, rings in outlines.items()}
    near = _NEAR
    while True:
        shapes = [_shape(code, rings, near) for code, rings in fitted.items()]
        if sum(len(shape.path) for shape in shapes) <= MOST_CHARACTERS or near > WIDTH:
            return Map(shapes, max(width, 1.0), max(height, 1.0))
        near *= 1.5


def _shape(code: str, rings: Sequence[Ring], near: float) -> Shape:
    thinned = [list(_thinned(ring, near)) for ring in rings]
    kept = [ring for ring in thinned if len(ring) > 2 and max(_extent(ring)) >= _SMALL]
    if not kept and thinned:  # an island that is too small is a dot
        x, y = thinned[0][0]
        kept = [[(x - 1, y - 1), (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1)]]
    path = "".join(f"M{' '.join(f'{x:.1f},{y:.1f}' for x, y in ring)}Z" for ring in kept)
    largest = max(kept, key=lambda ring: math.prod(_extent(ring)), default=[])
    if not largest or min(_extent(largest)) < _ROOM:
        return Shape(code, path, None)
    return Shape(code, path, _middle(largest))


def _thinned(ring: Ring, near: float) -> Iterator[Point]:
    last: Point | None = None
    for point in ring:
        if last is None or max(abs(point[0] - last[0]), abs(point[1] - last[1])) >= near:
            last = point
            yield point


def _extent(ring: Ring) -> tuple[float, float]:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return max(xs) - min(xs), max(ys) - min(ys)


def _middle(ring: Ring) -> Point:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
