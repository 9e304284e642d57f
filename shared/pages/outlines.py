"""Maps of the provinces, of a province's regencies, of a regency's districts: drawn once, from what is imported."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from shared.pages import maps
from shared.pages.maps import Map, Ring
from shared.queries import outlines as queries
from shared.queries.outlines import OutlineKey

logger = logging.getLogger(__name__)

#: How long the code of a region of each level is: provinces, regencies and cities, districts, villages.
CODE_LENGTHS = (2, 5, 8, 13)
#: A map is of regions of one of these levels, by where it is.
DEEPEST = 3
MOST_KEPT = 64


def level_below(region: str) -> int:
    """Of the regions that a map of this region shows; empty text: of the country. 1 are provinces."""
    return CODE_LENGTHS.index(len(region)) + 2 if region else 1


class Outlines:
    """What was drawn, by the sets in force then. One per process."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[tuple[str, tuple[int, ...]], Map] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def map_of(self, session: AsyncSession, region: str) -> Map:
        """The regions of the next level within a region, or in the country (empty text); no shapes where no outlines
        are known."""
        key = region, tuple(await queries.sets_in_force(session))
        if key not in self._drawn:
            async with self._one_at_a_time:
                if key not in self._drawn:
                    self._keep(key, await _drawn(session, *key))
        self._drawn.move_to_end(key)
        return self._drawn[key]

    def _keep(self, key: tuple[str, tuple[int, ...]], drawing: Map) -> None:
        self._drawn[key] = drawing
        while len(self._drawn) > MOST_KEPT:
            self._drawn.popitem(last=False)


async def _drawn(session: AsyncSession, region: str, sets: Sequence[int]) -> Map:
    level = level_below(region)
    if level > DEEPEST or not sets:
        return Map((), maps.WIDTH, 0.0)
    known = await queries.outlines_within(session, sets, region, (level, level + 1))
    parts = _parts(known, CODE_LENGTHS[level - 1])
    found = await queries.geometries(session, [key for keys in parts.values() for key in keys])
    return await asyncio.to_thread(_draw, parts, found)


def _parts(known: Sequence[OutlineKey], length: int) -> dict[str, list[OutlineKey]]:
    """By region what it is drawn from: its own outline, or else those of the regions within it."""
    parts: dict[str, list[OutlineKey]] = {}
    for set_id, code in known:  # a region comes before those within it
        region = code[:length]
        if code == region or parts.get(region, [(0, "")])[0][1] != region:
            parts.setdefault(region, []).append((set_id, code))
    return parts


def _draw(parts: Mapping[str, Sequence[OutlineKey]], found: Mapping[OutlineKey, bytes]) -> Map:
    rings: dict[str, list[Ring]] = {}
    for region, keys in parts.items():
        for key in keys:
            try:
                rings.setdefault(region, []).extend(maps.rings_of(found[key]))
            except maps.UnknownOutline:  # a map without one region is better than no page
                logger.warning("no outline", extra={"region": key[1]})
    return maps.drawn(rings)
