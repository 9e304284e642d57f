"""A picture in squares: those that somebody ticks become the rectangles that are blackened. No I/O."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from routing_service.work.evidence.schemas import CoveredArea

LONG, SHORT = 16, 12

Square = tuple[int, int]
"""Its row and its column, from 0."""


@dataclass(frozen=True, slots=True)
class Squares:
    """Of a picture of so many pixels, upright."""

    width: int
    height: int

    @property
    def is_tall(self) -> bool:
        return self.height > self.width

    @property
    def columns(self) -> int:
        return SHORT if self.is_tall else LONG

    @property
    def rows(self) -> int:
        return LONG if self.is_tall else SHORT

    def within(self, squares: Iterable[Square]) -> set[Square]:
        return {(row, column) for row, column in squares if 0 <= row < self.rows and 0 <= column < self.columns}

    def rectangles(self, squares: Iterable[Square]) -> list[CoveredArea]:
        """That cover these squares: neighbours in a row together, and equal rows below each other too."""
        inside, found = self.within(squares), []
        open_runs: dict[Square, int] = {}  # from its first to its last column, since which row
        for row in range(self.rows + 1):
            runs = set(_runs(inside, row, self.columns))
            for run in [one for one in open_runs if one not in runs]:
                found.append(self._area(run, open_runs.pop(run), row))
            open_runs |= {run: row for run in runs if run not in open_runs}
        return sorted(found, key=lambda area: (area.top, area.left))

    def _area(self, run: Square, first_row: int, end_row: int) -> CoveredArea:
        left, right = run[0] * self.width // self.columns, _up((run[1] + 1) * self.width, self.columns)
        top, bottom = first_row * self.height // self.rows, _up(end_row * self.height, self.rows)
        return CoveredArea(left=left, top=top, width=max(1, right - left), height=max(1, bottom - top))


def _runs(squares: Collection[Square], row: int, columns: int) -> Iterable[Square]:
    first = None
    for column in range(columns + 1):
        if (row, column) in squares:
            first = column if first is None else first
        elif first is not None:
            yield first, column - 1
            first = None


def _up(value: int, by: int) -> int:
    return -(-value // by)
