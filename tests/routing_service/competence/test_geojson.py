"""Maps of regions: what is refused, repaired, and decided where neighbours overlap."""

import json
import math
from pathlib import Path
from typing import Any

import psutil
import pytest

from routing_service.competence.boundaries import apart, geojson, service
from routing_service.competence.boundaries.geojson import BoundariesInvalid
from tests.routing_service.competence.maps import (
    BALIKPAPAN,
    BOW_TIE,
    ISLAND_IN_IT,
    NAMES,
    SAMARINDA,
    Json,
    collection,
    feature,
    ring,
)

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "regions"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/type"),
        ({"type": "Feature"}, "/type"),
        (collection(), "/features"),
        ({"type": "FeatureCollection", "features": {}}, "/features"),
        (collection(SAMARINDA) | {"crs": {"properties": {"name": "EPSG:32750"}}}, "/crs"),
        (collection(7), "/features/0"),
        (collection(feature("64.72", ring(117, 0, 1), properties=None)), "/features/0/properties"),
        (collection(feature(None, ring(117, 0, 1))), "/features/0/properties"),
        (collection(feature(True, ring(117, 0, 1))), "/features/0/properties/kode"),
        (collection(feature("64.72", geometry=None)), "/features/0/geometry"),
        (collection(feature("64.72", geometry={"type": "GeometryCollection"})), "/features/0/geometry"),
        (collection(feature("64.72")), "/features/0/geometry/coordinates"),
        (collection(feature("64.72", [])), "/features/0/geometry/coordinates"),
        (collection(feature("64.72", [[117, 0], [118, 0], [117, 0]])), "/features/0/geometry"),  # encloses nothing
        (collection(feature("64.72", [[117, 0], [118, 0], [118, 1], [117, 1]])), "/features/0/geometry/coordinates"),
        (collection(feature("64.72", [[117, 0], [118], [118, 1], [117, 0]])), "/features/0/geometry/coordinates"),
        (collection(feature("64.72", [["117", 0]] * 4)), "/features/0/geometry/coordinates"),
        (
            collection(feature("64.72", [[117, 0], [math.nan, 1], [118, 1], [117, 0]])),
            "/features/0/geometry/coordinates",
        ),
        (collection(feature("64.72", [[117, 0]] * 4)), "/features/0/geometry"),  # encloses nothing
    ],
)
def test_a_document_that_is_no_map_of_regions_is_refused_by_name(document: Json, pointer: str) -> None:
    with pytest.raises(BoundariesInvalid) as refused:
        geojson.read_outlines(document, known=NAMES)

    assert refused.value.errors[0]["pointer"] == pointer


@pytest.mark.parametrize("code", ["64.72", "6472", 6472])
def test_a_code_is_read_with_dots_and_without(code: Any) -> None:
    (outline,) = geojson.read_outlines(collection(feature(code, ring(117, 0, 1))), known=NAMES)

    assert outline.region == "64.72"


def test_another_property_can_hold_the_code() -> None:
    document = collection(feature("64.71", ring(117, 0, 1), properties={"kode": "64.71", "PCODE": "64.72"}))

    (outline,) = geojson.read_outlines(document, known=NAMES, code_property="PCODE")

    assert outline.region == "64.72"


def test_an_island_inside_another_stays_ground_and_a_bow_tie_keeps_both_its_wings() -> None:
    nested, tie = geojson.read_outlines(collection(ISLAND_IN_IT, BOW_TIE), known=NAMES)

    assert (nested.fault, tie.fault) == ("Nested shells", "Self-intersection")
    assert nested.shape.area == pytest.approx(0.09)
    assert tie.shape.area == pytest.approx(0.08)
    assert {nested.shape.geom_type, tie.shape.geom_type} <= {"Polygon", "MultiPolygon"}


def test_an_island_that_simplifying_left_two_corners_of_is_dropped_and_told() -> None:
    speck = [[117.9, 0.1], [117.91, 0.1], [117.9, 0.1]]

    (outline,) = geojson.read_outlines(collection(feature("64.72", speck, ring(117.0, -0.6, 0.3), speck)), known=NAMES)

    assert outline.fault == "Too few points"
    assert outline.shape.area == pytest.approx(0.09)


def test_the_same_file_is_decided_alike_in_whatever_order_its_features_stand() -> None:
    one = service.prepare(collection(SAMARINDA, BALIKPAPAN), NAMES)
    other = service.prepare(collection(BALIKPAPAN, SAMARINDA), NAMES)

    assert one.overlaps == other.overlaps
    assert one.digest() == other.digest()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "regions", "repaired"), [("kecamatan_kaltim_64", 105, 4), ("kelurahan_surabaya_3578", 153, 0)]
)
def test_real_boundaries_can_be_imported(file: str, regions: int, repaired: int) -> None:
    path = SHARED / f"{file}.geojson"
    if not path.exists():
        pytest.skip(f"{path} is not here: real boundaries are kept beside the project, not in it")
    document = json.loads(path.read_text())
    known = {one["properties"]["kode"]: one["properties"]["nama"] for one in document["features"]}

    prepared = service.prepare(document, known)

    assert len(prepared.outlines) == regions
    assert len(prepared.repairs) == repaired
    assert all(outline.shape.is_valid for outline in prepared.outlines)
    assert prepared.overlaps


# --- maps that would stop a service ---------------------------------------------------------------------------


def zigzag(corners: int, longitude: float = 117.0) -> list[list[float]]:
    """Every second line crosses almost all that came before."""
    line = [[longitude + (n % 2), -0.5 + n * 0.61803 % 1] for n in range(corners)]
    return [*line, line[0]]


def comb(teeth: int, *, lying: bool) -> list[list[float]]:
    """Valid by itself; one that stands and one that lies share a piece of ground for each two of their teeth."""
    steps = [(n / teeth, (n + 0.5) / teeth) for n in range(teeth)]
    line = [(0.0, 0.0), *(corner for a, b in steps for corner in ((a, 0.1), (a, 0.9), (b, 0.9), (b, 0.1))), (1.0, 0.0)]
    return [[117 + (y if lying else x), -0.5 + (x if lying else y)] for x, y in [*line, line[0]]]


@pytest.mark.parametrize("corners", [60, 2_700])
def test_a_line_that_crosses_itself_hundreds_of_times_is_refused_before_it_is_repaired(corners: int) -> None:
    with pytest.raises(BoundariesInvalid, match="cross each other more than 300 times"):
        geojson.read_outlines(collection(feature("64.72", zigzag(corners))), known=NAMES)


def test_a_line_that_crosses_itself_some_times_is_repaired() -> None:
    (outline,) = geojson.read_outlines(collection(feature("64.72", zigzag(20))), known=NAMES)

    assert outline.fault == "Self-intersection"


async def test_outlines_that_are_read_apart_are_the_same() -> None:
    document = collection(BOW_TIE, SAMARINDA)

    outlines, overlapping = await apart.read_apart(document, NAMES, code_property=None)

    prepared = service.prepare(document, NAMES)
    assert list(outlines) == list(prepared.outlines)
    assert list(overlapping) == list(prepared.overlaps)


async def test_mistakes_that_are_found_apart_are_told() -> None:
    with pytest.raises(BoundariesInvalid, match="there is no region 99") as refused:
        await apart.read_apart(collection(feature("99", ring(117, 0, 1))), NAMES, code_property=None)

    assert refused.value.errors[0]["pointer"] == "/features/0/properties/kode"


async def test_a_map_that_takes_too_long_is_given_up_and_its_process_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST_SECONDS", 0.5)
    before = psutil.Process().children()
    document = collection(feature("64.72", comb(4_000, lying=False)), feature("64.71", comb(4_000, lying=True)))

    with pytest.raises(apart.TooComplex):
        await apart.read_apart(document, NAMES, code_property=None)

    assert psutil.Process().children() == before


async def test_a_map_that_takes_too_much_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the child were killed: what it has not written is not believed."""
    monkeypatch.setattr(apart, "INHERITED", ())
    monkeypatch.setattr("sys.executable", "/bin/false")

    with pytest.raises(apart.TooComplex):
        await apart.read_apart(collection(SAMARINDA), NAMES, code_property=None)
