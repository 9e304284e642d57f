"""How agencies do: the figures of the catalogue beside each other, their trend, and how long answers take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.regions import national_day
from shared.domain.wording import Language
from shared.http.wire import Code, RegionCode
from shared.pages import plots
from shared.pages.outlines import Outlines
from shared.pages.plots import Plot, Point
from shared.queries.reach import works_on_all
from sla_monitor.indicators.catalogue import Catalogue, Dimension
from sla_monitor.pages.cases import LanguageParams
from sla_monitor.pages.figure_cells import Cell, cell
from sla_monitor.pages.regions import RegionMap, region_map
from sla_monitor.pages.today import Looking
from sla_monitor.statistics import service as statistics
from sla_monitor.statistics.schemas import FigureParams, Figures, FigureValue, PeriodText

#: The columns of the table; the first is a count and has no colour.
COLUMNS = ("received", "followed_up_share", "closed_share", "in_time_share", "speed_working")
SPEED = "speed_working"
CASES = "/board/figures"
#: So many lines the table has at most; a filter leads to the others.
MOST = 100
#: Answers that took longer are one column.
MOST_DAYS = 20
#: The plot has room for so many days, however few answers took.
LEAST_DAYS = 10


class AgenciesParams(LanguageParams):
    indicator: Literal["received", "followed_up_share", "closed_share", "in_time_share", "speed_working"] = (
        "followed_up_share"
    )
    period: Annotated[PeriodText | None, Field()] = None
    agency: Code | None = None
    region: RegionCode | None = None  #: of the map

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        """A field of the form that was left empty is not said."""
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given


@dataclass(frozen=True, slots=True)
class AgencyLine:
    key: str | None
    name: str | None
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Agencies:
    figures: Mapping[str, Figures]
    total: Mapping[str, Cell]
    lines: Sequence[AgencyLine]
    more: int  #: lines that are not shown
    chosen: str
    trend: Plot
    months: Sequence[tuple[str, Cell]]
    days: Plot
    took: Sequence[tuple[str, int]]
    speed: FigureValue
    regions: RegionMap

    @property
    def first_day(self) -> date:
        return self.figures[self.chosen].period.first_day

    @property
    def last_day(self) -> date:
        return self.figures[self.chosen].period.last_day


async def agencies(
    session: AsyncSession, params: AgenciesParams, catalogue: Catalogue, outlines: Outlines, looking: Looking,
    words: Callable[..., str], to: Callable[..., str],
) -> Agencies:  # fmt: skip
    """`to`: the address of a page. Raises Forbidden, Invalid."""
    by = _of_whom(params, looking)
    found = {code: await _figures(session, params, code, by, catalogue, looking) for code in COLUMNS}
    lines = _lines(found, params.indicator, catalogue, looking.language)
    by_month = await _figures(session, params, params.indicator, Dimension.MONTH, catalogue, looking)
    months = _months(by_month, looking)

    async def told_by(by: Dimension) -> Figures:
        return await _figures(session, params, params.indicator, by, catalogue, looking)

    asked = _params(params, SPEED, None)
    took = await statistics.distribution(session, catalogue, asked, looking.client, most=MOST_DAYS, now=looking.now)
    speed = found[SPEED].total
    return Agencies(
        found, {code: cell(one, one.total, looking.language) for code, one in found.items()}, lines[:MOST],
        max(0, len(lines) - MOST), params.indicator, _trend(by_month, months, to), months,
        _days(took, speed, words), [(_took(day), count) for day, count in took], speed,
        await region_map(
            session, told_by, catalogue.indicators[params.indicator], outlines, params.region or "", looking.language,
            words, lambda one: to(CASES, **one.asked) if one.asked and one.count else None,
        ),
    )  # fmt: skip


def _of_whom(params: AgenciesParams, looking: Looking) -> Dimension:
    """A country has ten thousand agencies, and a line for each instansi, which leads to its own."""
    return Dimension.INSTANSI if params.agency is None and works_on_all(looking.client) else Dimension.AGENCY


async def _figures(
    session: AsyncSession, params: AgenciesParams, code: str, by: Dimension, catalogue: Catalogue, looking: Looking
) -> Figures:
    asked = _params(params, code, by)
    return await statistics.figures(
        session, catalogue, asked, looking.client, language=looking.language, now=looking.now
    )


def _params(params: AgenciesParams, code: str, by: Dimension | None) -> FigureParams:
    return FigureParams(indicator=code, by=by, period=params.period, agency=params.agency)


def _lines(found: Mapping[str, Figures], chosen: str, catalogue: Catalogue, language: Language) -> list[AgencyLine]:
    """The worst first, then those with too few; a count begins with the most."""
    names: dict[str | None, str | None] = {}
    values: dict[str | None, dict[str, FigureValue]] = {}
    for code, figures in found.items():
        for item in figures.items:
            names[item.key] = item.name
            values.setdefault(item.key, {})[code] = item
    highest = {
        code: max((item.value for item in figures.items if item.value is not None), default=0.0)
        for code, figures in found.items()
    }
    lines = [
        AgencyLine(
            key, names[key],
            {code: cell(found[code], one, language, highest[code]) for code, one in cells.items()},
        )
        for key, cells in values.items()
    ]  # fmt: skip
    worst = -1 if catalogue.indicators[chosen].higher_is_better is False or chosen == "received" else 1

    def order(line: AgencyLine) -> tuple[bool, float, str]:
        one = values[line.key].get(chosen)
        value = None if one is None else one.value
        return value is None, worst * (value or 0.0), line.key or ""

    return sorted(lines, key=order)


def _months(figures: Figures, looking: Looking) -> list[tuple[str, Cell]]:
    """Every month of the period that has begun, also those without a report."""
    known = {item.key: item for item in figures.items}
    last = min(figures.period.last_day, national_day(looking.now))
    found: list[tuple[str, Cell]] = []
    on = figures.period.first_day.replace(day=1)
    while on <= last and len(found) < 60:
        key = f"{on:%Y-%m}"
        one = known.get(key) or FigureValue(key=key, name=None, count=0, n=0, value=None, cases=None)
        found.append((key, cell(figures, one, looking.language)))
        on = on.replace(year=on.year + on.month // 12, month=on.month % 12 + 1)
    return found


def _trend(figures: Figures, months: Sequence[tuple[str, Cell]], to: Callable[..., str]) -> Plot:
    values = {item.key: item.value for item in figures.items}
    points = [
        Point(
            f"{key[5:]}/{key[2:4]}", values.get(key), f"{one.text} (n = {one.n})",
            to(CASES, **one.asked) if one.asked and one.count else None,
        )
        for key, one in months
    ]  # fmt: skip
    percent = figures.unit == "share"
    return plots.trend(points, top=1.0 if percent else None, percent=percent)


def _took(day: int) -> str:
    return f"{day}+" if day >= MOST_DAYS else str(day)


def _days(took: Sequence[tuple[int, int]], speed: FigureValue, words: Callable[..., str]) -> Plot:
    points = [Point(_took(day), float(count), str(count)) for day, count in took]
    points += [Point(_took(day), None, "0") for day in range(len(took), LEAST_DAYS + 1)]
    marked: list[Any] = [("median", speed.median), ("p90", speed.p90)]
    return plots.columns(
        points, [(value + 0.5, f"{words(name)} {value:g}") for name, value in marked if value is not None]
    )
