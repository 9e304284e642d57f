"""Ground that two regions of a set claim, and whose it is taken to be. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from routing_service.competence.boundaries.geojson import Outline, Progress, silent
from routing_service.competence.place.polygons import METRES_PER_DEGREE, precedence

SMALLEST_SQUARE_METRES = 1.0  #: below it, two neighbours only touch
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Overlap:
    winner: str
    loser: str
    square_metres: float


def overlaps(outlines: Sequence[Outline], *, progress: Progress = silent) -> list[Overlap]:
    """The largest first. The winner is whom `precedence` puts first, as when a point is looked up."""
    shapes = np.array([outline.shape for outline in outlines], dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = np.stack([one, other])[:, one < other]
    found: list[Overlap] = []
    for start in range(0, pairs.shape[1], _BATCH):
        batch = pairs[:, start : start + _BATCH]
        common = shapely.intersection(shapes[batch[0]], shapes[batch[1]])
        for left, right, shape in zip(*batch, common, strict=True):
            if (area := square_metres(shape)) >= SMALLEST_SQUARE_METRES:
                found.append(_decided(outlines[left], outlines[right], area))
        progress(min(start + _BATCH, pairs.shape[1]), pairs.shape[1])
    return sorted(found, key=lambda each: (-each.square_metres, each.winner, each.loser))


def _decided(left: Outline, right: Outline, area: float) -> Overlap:
    winner, loser = sorted((left, right), key=lambda one: precedence(one.region, one.shape.area))
    return Overlap(winner.region, loser.region, area)


def square_metres(shape: shapely.Geometry) -> float:
    """Of an area in degrees; right to a percent, as Indonesia lies at the equator and a region is small."""
    if shape.is_empty:
        return 0.0
    _, south, _, north = shape.bounds
    return float(shape.area) * METRES_PER_DEGREE**2 * math.cos(math.radians((south + north) / 2))
