"""A figure on a map: the provinces of the country, the regencies and cities of a province, or a regency's districts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.wording import Language
from shared.errors import NotFound
from shared.pages import choropleth
from shared.pages.choropleth import Area, Choropleth, LegendLine
from shared.pages.maps import Map
from shared.pages.outlines import CODE_LENGTHS, DEEPEST, Outlines, level_below
from sla_monitor.indicators.catalogue import Dimension, Indicator, IndicatorKind
from sla_monitor.pages import queries
from sla_monitor.pages.figure_cells import Cell, cell
from sla_monitor.statistics import marks
from sla_monitor.statistics import queries as statistics
from sla_monitor.statistics.schemas import Figures, FigureValue

#: Figures told by something.
Ask = Callable[[Dimension], Awaitable[Figures]]
Words = Callable[..., str]
#: A cell opens its cases there.
Cases = Callable[[Cell], str | None]
_COLOURS = ("green", "yellow", "red", "grey")


@dataclass(frozen=True, slots=True)
class RegionLine:
    """`code` None: no closer region is known; `opens`: it has a map of its own."""

    code: str | None
    name: str | None
    cell: Cell
    opens: bool


@dataclass(frozen=True, slots=True)
class RegionMap:
    region: str
    is_part: bool  #: of what there are reports of; else nothing lies above the province
    above: Sequence[tuple[str, str]]  #: codes and names down to the region itself
    lines: Sequence[RegionLine]
    choropleth: Choropleth | None  #: None: no outlines are imported


async def region_map(
    session: AsyncSession, ask: Ask, indicator: Indicator, outlines: Outlines, region: str, language: Language,
    words: Words, cases: Cases,
) -> RegionMap:  # fmt: skip
    """Without a region that of the one province which all reports are of, or of the country. Raises NotFound for a
    region that has no map.
    """
    regencies = await ask(Dimension.REGION)
    provinces = {item.key[:2] for item in regencies.items if item.key is not None}
    region = region or ("".join(provinces) if len(provinces) == 1 else "")
    codes = [region[:length] for length in CODE_LENGTHS[:DEEPEST] if len(region) >= length]
    known = await statistics.region_names(session, codes)
    if region and (region not in known or level_below(region) > DEEPEST):
        raise NotFound(f"There is no region {region} on the map.", code="unknown_region")
    figures = await _figures(ask, indicator, region, regencies)
    drawing = await outlines.map_of(session, region)
    names = await queries.regions_in(session, region)
    highest = max((item.value for item in figures.items if item.value is not None), default=0.0)
    opens = level_below(region) < DEEPEST
    lines = [
        RegionLine(item.key, names.get(item.key or "", item.name), cell(figures, item, language, highest),
                   opens and item.key in names)
        for item in figures.items
    ]  # fmt: skip
    drawn = _choropleth(drawing, lines, names, indicator, int(highest), words, cases) if drawing.shapes else None
    more_than_one = len(provinces) > 1
    return RegionMap(region, more_than_one, [(code, known[code]) for code in codes if code in known], lines, drawn)


async def _figures(ask: Ask, indicator: Indicator, region: str, regencies: Figures) -> Figures:
    """Of the regions of the next level, those that have any: the sums of regencies are quicker than all reports."""
    match level_below(region):
        case 1 if indicator.kind is IndicatorKind.MEAN:
            return await ask(Dimension.PROVINCE)
        case 1:
            return _by_province(regencies, indicator)
        case 2:
            return _within(regencies, region)
        case _:
            return _within(await ask(Dimension.DISTRICT), region)


def _within(figures: Figures, region: str) -> Figures:
    """With what is of the region itself, of which no closer one is known."""
    items = [item for item in figures.items if item.key is not None and item.key.startswith(region)]
    return figures.model_copy(update={"items": items})


def _by_province(figures: Figures, indicator: Indicator) -> Figures:
    """Counts and shares add up."""
    sums: dict[str | None, list[int]] = {}
    for item in figures.items:
        count_and_n = sums.setdefault(item.key and item.key[:2], [0, 0])
        count_and_n[0] += item.count
        count_and_n[1] += item.n
    items = [_province(figures, indicator, key, count, n) for key, (count, n) in sums.items()]
    return figures.model_copy(update={"items": items, "by": Dimension.PROVINCE})


def _province(figures: Figures, indicator: Indicator, key: str | None, count: int, n: int) -> FigureValue:
    value = float(count) if indicator.kind is IndicatorKind.COUNT else None
    if indicator.kind is IndicatorKind.SHARE and n >= indicator.minimum_n:
        value = count / n
    cases = f"{figures.total.cases}&by={Dimension.PROVINCE}&of={key or 'none'}"
    return FigureValue(
        key=key, name=None, count=count, n=n, value=value, colour=marks.colour_of(indicator, value), cases=cases
    )


def _choropleth(
    drawing: Map, lines: Sequence[RegionLine], names: Mapping[str, str], indicator: Indicator, highest: int,
    words: Words, cases: Cases,
) -> Choropleth:  # fmt: skip
    known, steps, areas = {line.code: line for line in lines}, choropleth.steps_to(highest), []
    for shape in drawing.shapes:
        line, name = known.get(shape.code), names.get(shape.code, shape.code)
        if line is None or not line.cell.n:
            areas.append(Area(shape, name, words("no_reports"), "none"))
            continue
        colour = line.cell.colour
        kind = colour or choropleth.shade(line.cell.count, steps)
        sign = words("sign_" + colour) if colour else line.cell.text
        areas.append(Area(shape, name, line.cell.text, kind, sign, cases(line.cell)))
    nothing = LegendLine("none", words("no_reports"))
    if indicator.thresholds is None:
        return Choropleth(drawing, areas, [nothing, *choropleth.legend_of(steps)])
    coloured = [LegendLine(one, words("colour_" + one), words("sign_" + one)) for one in _COLOURS]
    return Choropleth(drawing, areas, [*coloured, nothing])
