"""Small maps of regions, as GeoJSON."""

from collections.abc import Sequence
from typing import Any

from tests.factories import REGIONS

Json = dict[str, Any]
Ring = Sequence[Sequence[Any]]

NAMES = {code: name for code, (name, _) in REGIONS.items()}


def ring(west: float, south: float, size: float) -> Ring:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(code: Any, *rings: Ring, **changes: Any) -> Json:
    made = {
        "type": "Feature",
        "properties": {"kode": code},
        "geometry": {"type": "MultiPolygon", "coordinates": [[one] for one in rings]},
    }
    return made | changes


def collection(*features: Any) -> Json:
    return {"type": "FeatureCollection", "features": list(features)}


SAMARINDA = feature("64.72", ring(117.0, -0.6, 0.3))
ISLAND_IN_IT = feature("64.72", ring(117.0, -0.6, 0.3), ring(117.1, -0.5, 0.05))  # "Nested shells"
BALIKPAPAN = feature("64.71", ring(116.8, -0.7, 0.25))  # overlaps it by 0.05 times 0.15
BOW_TIE = feature("64.71", [[116.5, -1.2], [116.9, -0.8], [116.9, -1.2], [116.5, -0.8], [116.5, -1.2]])
PALARAN = feature("64.72.01", ring(117.1, -0.6, 0.1))
