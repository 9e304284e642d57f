"""A figure on a map: the regencies and cities of the provinces that it is about, as far as their outlines are known."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.wording import Language
from shared.pages import maps
from shared.pages.maps import Map, Ring, Shape
from sla_monitor.pages import queries
from sla_monitor.pages.figure_cells import Cell, cell
from sla_monitor.statistics.schemas import Figures

logger = logging.getLogger(__name__)


class Outlines:
    """What was read of outlines, which are written once. One per process."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Sequence[Ring]] = {}

    async def read(self, session: AsyncSession, wanted: Mapping[str, int]) -> dict[str, Sequence[Ring]]:
        """By the codes of the regions; `wanted` says of which set each is."""
        missing = [(set_id, code) for code, set_id in wanted.items() if (set_id, code) not in self._known]
        if missing:
            found = await queries.geometries(session, missing)
            self._known.update(await asyncio.to_thread(_decoded, found))
        return {code: self._known[set_id, code] for code, set_id in wanted.items() if (set_id, code) in self._known}


def _decoded(found: Mapping[tuple[int, str], bytes]) -> dict[tuple[int, str], Sequence[Ring]]:
    decoded: dict[tuple[int, str], Sequence[Ring]] = {}
    for key, geometry in found.items():
        try:
            decoded[key] = maps.rings_of(geometry)
        except maps.UnknownOutline:  # a map without one region is better than no page
            logger.warning("no outline", extra={"region": key[1]})
    return decoded


@dataclass(frozen=True, slots=True)
class RegionLine:
    """`shape` None: its outline is not known, or it is no regency."""

    code: str | None
    name: str | None
    cell: Cell
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class RegionMap:
    """Every line of the figure, and the regions without a report that are drawn beside them."""

    drawing: Map
    lines: Sequence[RegionLine]
    empty: Sequence[tuple[Shape, str]]  #: with their names


async def region_map(session: AsyncSession, figures: Figures, outlines: Outlines, language: Language) -> RegionMap:
    provinces = {item.key[:2] for item in figures.items if item.key is not None}
    known = await queries.outlines(session, provinces) if provinces else []
    rings = await outlines.read(session, {row.region_code: row.set_id for row in known})
    drawing = await asyncio.to_thread(maps.drawn, rings)
    shapes = {shape.code: shape for shape in drawing.shapes}
    highest = max((item.value for item in figures.items if item.value is not None), default=0.0)
    lines = [
        RegionLine(item.key, item.name, cell(figures, item, language, highest), shapes.get(item.key or ""))
        for item in figures.items
    ]
    told = {line.code for line in lines}
    empty = [(shapes[row.region_code], row.name) for row in known if row.region_code in shapes.keys() - told]
    return RegionMap(drawing, lines, empty)
