"""Boundaries as callers send and read them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from shared.http.wire import Answer, PageParams, Schema, ShortText, Storable, Title

MOST_OVERLAPS = 200
_SQUARE: list[Any] = [[117.5, 0.5], [117.6, 0.5], [117.6, 0.6], [117.5, 0.6], [117.5, 0.5]]


PropertyName = Annotated[str, StringConstraints(min_length=1, max_length=64), Storable]
GeoJson = Annotated[
    dict[str, Any],
    Field(description="A FeatureCollection of Polygons and MultiPolygons, WGS 84, one region each, all of one level."),
]


class Spot(Schema):
    """A point, WGS 84."""

    latitude: float = Field(ge=-90, le=90, description="In degrees, south of the equator below zero.")
    longitude: float = Field(ge=-180, le=180, description="In degrees.")
    boundaries: int | None = Field(
        None, ge=1, le=2**31 - 1, description="Look in this set alone, in force or not, to try it; only operators."
    )


class RegionAt(Answer):
    code: str = Field(description="The Kemendagri code of the most precise region that has the point.")
    name: str = Field(description="Its name.")
    path: str = Field(description="Its name with those of the regions around it.")
    confidence: float = Field(
        description="0.95 inside one region, 0.75 where neighbours both claim it, 0.6 up to 500 m outside of all."
    )


class BoundariesImport(Schema):
    """Polygons of regions of one level. If one of them is wrong, none is imported."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Kecamatan Kalimantan Timur 2025",
                    "source": "Badan Informasi Geospasial, 2025",
                    "geojson": {
                        "type": "FeatureCollection",
                        "features": [
                            {
                                "type": "Feature",
                                "properties": {"kode": "64.08.04"},
                                "geometry": {"type": "Polygon", "coordinates": [_SQUARE]},
                            }
                        ],
                    },
                }
            ]
        }
    )

    name: Title
    source: Annotated[ShortText | None, Field(description="Where the polygons come from.")] = None
    code_property: Annotated[
        PropertyName | None, Field(description="The property that holds the region's code; else the usual ones.")
    ] = None
    activate: Annotated[StrictBool, Field(description="Put it in force at once.")] = True
    dry_run: Annotated[StrictBool, Field(description="Only say what would be imported.")] = False
    geojson: GeoJson


Level = Literal["province", "regency_city", "district", "village"]


class SetView(Answer):
    """A set is what one import brought. All active sets are used together, the most precise level first."""

    id: int
    name: str
    source: str
    level: Level
    area: str | None = Field(description="What all its regions lie in; null: the country.")
    regions: int
    missing: int = Field(description="Regions of this level in the area that it has no polygon of.")
    repaired: int
    overlaps: int
    active: bool
    imported_by: str
    imported_at: datetime


class Repair(Answer):
    region: str
    fault: str = Field(description="What was wrong with the polygon, as GEOS calls it.")


class OverlapView(Answer):
    winner: str = Field(description="The region that a point in both belongs to.")
    loser: str
    square_metres: float


class BoundariesChange(Answer):
    active: bool
    version: int = Field(description="The version of the boundaries from then on, as decisions name it.")
    changed_by: str
    changed_at: datetime


class SetDetail(SetView):
    repairs: list[Repair]
    largest_overlaps: list[OverlapView] = Field(description=f"At most {MOST_OVERLAPS}.")
    changes: list[BoundariesChange] = Field(description="When it came into force and went out of it, the latest first.")


class Imported(Answer):
    """What was imported, or would be."""

    id: int | None = Field(description="The set's number; null in a dry run.")
    dry_run: bool
    level: Level
    area: str | None
    regions: int
    missing: int
    repairs: list[Repair]
    overlaps: int
    largest_overlaps: list[OverlapView]
    active: bool
    replaces: list[int] = Field(
        description="The active sets with polygons of the same regions; this one replaces them."
    )


class SetParams(PageParams):
    active: bool | None = None
