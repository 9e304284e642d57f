"""The boundaries in force, and the region that a point lies in. Pure, and immutable, so that threads may share it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

from routing_service.competence.place.words import Depth, depth_of
from routing_service.registry.directory import inside
from shared.domain.regions import LATITUDE_RANGE, LONGITUDE_RANGE

METRES_PER_DEGREE = 111_320.0
#: Coasts, rivers and the gaps between simplified neighbours: so far from a boundary a point is still counted to it.
TOLERANCE_METRES = 500.0
NULL_ISLAND_DEGREES = 0.01


@dataclass(frozen=True, slots=True)
class Boundary:
    """A region's polygon as it is stored: WGS 84, longitude first."""

    set_id: int
    region: str
    geometry: bytes  #: WKB


@dataclass(frozen=True, slots=True)
class Spot:
    """The region of a point."""

    region: str
    set_id: int
    metres: float = 0.0  #: from the boundary; 0: inside
    also: tuple[str, ...] = ()  #: neighbours of the same level that claim the point too


class Polygons:
    """All active sets, looked at together.

    Where several regions claim a point, the more precise level has it, then the smaller area, then the smaller code:
    the order of `precedence`, the same for whoever asks.
    """

    def __init__(self, boundaries: Iterable[Boundary], *, tolerance_metres: float = TOLERANCE_METRES) -> None:
        read = [(one.set_id, one.region, shapely.from_wkb(one.geometry)) for one in boundaries]
        read.sort(key=lambda one: (*precedence(one[1], one[2].area), one[0]))
        self._sets = [set_id for set_id, _, _ in read]
        self._regions = [region for _, region, _ in read]
        self._shapes = np.array([shape for _, _, shape in read], dtype=object)
        self._tolerance = tolerance_metres
        shapely.prepare(self._shapes)
        for shape in self._shapes:  # what GEOS would make at the first question is made before threads share it
            corner = shapely.Point(shapely.get_coordinates(shape)[0])
            shapely.intersects_xy(shape, corner.x, corner.y)
            shapely.dwithin(shape, corner, 0.0)
        self._tree = STRtree(self._shapes)

    def __len__(self) -> int:
        return len(self._regions)

    def at(self, latitude: float, longitude: float) -> Spot | None:
        if not plausible(latitude, longitude) or not self._regions:
            return None
        boxes = np.sort(self._tree.query(shapely.Point(longitude, latitude)))
        claims = boxes[shapely.intersects_xy(self._shapes[boxes], longitude, latitude)]
        within = self._decided(claims) if len(claims) else None
        near = self._nearest(latitude, longitude, within)
        return near or within

    def _decided(self, claims: Sequence[int]) -> Spot:
        first = claims[0]
        region = self._regions[first]
        rivals = (self._regions[one] for one in claims[1:])
        also = tuple(one for one in rivals if depth_of(one) is depth_of(region) and one != region)
        return Spot(region, self._sets[first], also=also)

    def _nearest(self, latitude: float, longitude: float, within: Spot | None) -> Spot | None:
        """The closest boundary within the tolerance; around a point that has a region only what lies in that."""
        if within is not None and depth_of(within.region) is Depth.VILLAGE:
            return None
        point = shapely.Point(longitude, latitude)
        shrink = math.cos(math.radians(latitude))
        reach = self._tolerance / METRES_PER_DEGREE / shrink
        box = shapely.box(longitude - reach, latitude - reach, longitude + reach, latitude + reach)
        best: tuple[float, int] | None = None
        for index in np.sort(self._tree.query(box)):
            if not self._refines(index, within) or not shapely.dwithin(self._shapes[index], point, reach):
                continue
            metres = _metres(point, shapely.clip_by_rect(self._shapes[index], *box.bounds), shrink)
            if metres <= self._tolerance and (best is None or self._closer(metres, index, best)):
                best = metres, int(index)
        if best is None:
            return None
        return Spot(self._regions[best[1]], self._sets[best[1]], metres=best[0])

    def _refines(self, index: int, within: Spot | None) -> bool:
        region = self._regions[index]
        return within is None or (region != within.region and inside(region, within.region))

    def _closer(self, metres: float, index: int, best: tuple[float, int]) -> bool:
        """Nearer; but a more precise level goes before a nearer one. They come in the order of precedence."""
        return depth_of(self._regions[index]) is depth_of(self._regions[best[1]]) and metres < best[0]


def _metres(point: shapely.Point, shape: shapely.Geometry, shrink: float) -> float:
    """The distance, degrees of longitude being shorter away from the equator."""
    if shape.is_empty:
        return math.inf
    ends = shapely.get_coordinates(shapely.shortest_line(point, shape))
    across, up = ends[1] - ends[0]
    return math.hypot(across * shrink, up) * METRES_PER_DEGREE


def precedence(region: str, area: float) -> tuple[int, float, str]:
    """Who has what several regions claim: the first in this order."""
    return -depth_of(region), area, region


def plausible(latitude: float, longitude: float) -> bool:
    """Inside Indonesia, and not at 0, 0, where a device is that does not know where it is.

    Latitude and longitude in each other's place lie outside: nowhere in Indonesia are both in both ranges.
    """
    if abs(latitude) < NULL_ISLAND_DEGREES and abs(longitude) < NULL_ISLAND_DEGREES:
        return False
    return LATITUDE_RANGE[0] <= latitude <= LATITUDE_RANGE[1] and LONGITUDE_RANGE[0] <= longitude <= LONGITUDE_RANGE[1]


NO_POLYGONS = Polygons(())
