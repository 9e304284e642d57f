"""Where a report may lie without anybody who is not to know its place getting another answer."""

import random
from collections.abc import Iterator

from tests.effort import THOROUGH

CELL = (-0.49, 117.15)
HALF = 0.005
#: What the reporters of one district name: its villages, or the district alone.
DISTRICT = "64.72.01"
VILLAGES = (f"{DISTRICT}.1001", f"{DISTRICT}.1002", DISTRICT)


def places_in_the_cell(chosen: int = 4) -> Iterator[tuple[float, float]]:
    """Its middle, its corners, which lie on all of its edges, and places in between; `make faults` tries more."""
    steps = (-HALF + 1e-9, 0.0, HALF - 1e-9)
    for north in steps:
        for east in steps:
            if THOROUGH or (north == 0.0) == (east == 0.0):
                yield CELL[0] + north, CELL[1] + east
    chance = random.Random(9)
    for _ in range(chosen if THOROUGH else 1):
        yield CELL[0] + chance.uniform(-HALF, HALF), CELL[1] + chance.uniform(-HALF, HALF)


#: Where an asker stands whose box, or circle, begins or ends somewhere in the cell, or beside it.
ASKED = [
    (CELL[0] + north, CELL[1] + east)
    for reach in (2_000 / 111_320,)
    for shift in (-0.0049, -0.0017, 0.0023, 0.0049, 0.01)
    for north, east in ((reach + shift, 0.0), (-reach - shift, 0.001), (0.0, reach + shift), (0.002, -reach - shift))
]
