"""Outlines of regions, drawn."""

import struct

import pytest

from shared.pages.maps import MOST_CHARACTERS, WIDTH, UnknownOutline, drawn, rings_of

SQUARE = [(117.0, -1.0), (118.0, -1.0), (118.0, 0.0), (117.0, 0.0), (117.0, -1.0)]


def polygon(*rings: list[tuple[float, float]], order: str = "<") -> bytes:
    parts = [struct.pack(f"{order}BII", int(order == "<"), 3, len(rings))]
    for ring in rings:
        numbers = [number for point in ring for number in point]
        parts.append(struct.pack(f"{order}I{len(numbers)}d", len(ring), *numbers))
    return b"".join(parts)


@pytest.mark.parametrize("order", ["<", ">"])
def test_polygons_are_read_in_either_order_of_bytes(order: str) -> None:
    assert rings_of(polygon(SQUARE, SQUARE, order=order)) == [SQUARE, SQUARE]


def test_a_region_of_islands_is_read() -> None:
    many = struct.pack("<BII", 1, 6, 2) + polygon(SQUARE) + polygon(SQUARE, order=">")

    assert rings_of(many) == [SQUARE, SQUARE]


@pytest.mark.parametrize("wkb", [b"", b"\x01", struct.pack("<BII", 1, 1, 0), polygon(SQUARE)[:-1], b"\x01" * 20])
def test_what_is_no_polygon_is_refused(wkb: bytes) -> None:
    with pytest.raises(UnknownOutline):
        rings_of(wkb)


def test_north_lies_above_and_everything_in_the_frame() -> None:
    south = [(x, y - 1) for x, y in SQUARE]

    drawing = drawn({"north": [SQUARE], "south": [south]})
    north_sign, south_sign = (shape.sign_at for shape in drawing.shapes)

    assert drawing.width <= WIDTH
    assert drawing.height == pytest.approx(640)
    assert north_sign is not None
    assert south_sign is not None
    assert north_sign[1] < south_sign[1]


def test_many_points_become_as_few_as_a_page_has_room_for() -> None:
    zigzag = [(117 + n / 50_000, (n % 2) * 1.0) for n in range(50_000)]

    assert sum(len(shape.path) for shape in drawn({"x": [zigzag]}).shapes) <= MOST_CHARACTERS


def test_an_island_too_small_to_be_seen_is_a_dot_and_nothing_is_an_empty_map() -> None:
    tiny = [(x / 1e6 + 117, y / 1e6) for x, y in SQUARE]

    assert all(shape.path for shape in drawn({"large": [SQUARE], "tiny": [tiny]}).shapes)
    assert drawn({}).shapes == ()
