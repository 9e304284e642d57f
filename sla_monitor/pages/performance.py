"""How agencies do, on a page for everybody: what is told of an agency with all below it, or of all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from shared.domain.periods import Period, read_period, year_of
from shared.domain.regions import national_day
from shared.domain.wording import Language
from shared.errors import Invalid
from shared.http.wire import Schema
from shared.pages import plots
from shared.pages.plots import Plot, Point
from sla_monitor.indicators.catalogue import Catalogue, Indicator
from sla_monitor.pages.figure_cells import said
from sla_monitor.performance.service import (
    MOST_DAYS,
    TOO_FEW,
    AgencyFigures,
    Performance,
    PublicFigure,
    public_indicators,
)
from sla_monitor.statistics.schemas import PeriodText

DEFAULT = "followed_up_share"
#: Lines of the table on a page.
MOST = 100
#: The plot has room for so many days, however few answers took.
LEAST_DAYS = 10
MOST_MONTHS = 60


class PerformanceParams(Schema):
    """A field of its form that was left empty is not said. `of`: the indicator by which agencies are ranked."""

    of: Annotated[str, Field(max_length=64)] = DEFAULT
    period: PeriodText | None = None
    page: Annotated[int, Field(ge=1, le=1000)] = 1
    lang: Annotated[str | None, Field(max_length=20)] = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given


@dataclass(frozen=True, slots=True)
class Question:
    indicators: Sequence[Indicator]
    chosen: Indicator
    period: Period


def question_of(params: PerformanceParams, catalogue: Catalogue, now: datetime) -> Question:
    """Raises Invalid."""
    indicators = public_indicators(catalogue)
    chosen = next((one for one in indicators if one.code == params.of), None)
    if chosen is None:
        raise Invalid(
            f"There is no indicator {params.of} for everybody; choose one on the page.", pointer="query/of",
            code="unknown_indicator",
        )  # fmt: skip
    period = year_of(national_day(now)) if params.period is None else _months_in(params.period)
    return Question(indicators, chosen, period)


def _months_in(said: str) -> Period:
    """Nobody learns of one report by asking with and without its day; and sums are kept by month. Raises Invalid."""
    period = read_period(said)
    if str(period) != str(read_period(f"{period.first_day:%Y-%m}..{period.last_day:%Y-%m}")):
        raise Invalid(
            "This page counts whole months; write the period as 2026, 2026-Q1, 2026-03 or 2026-01..2026-08.",
            pointer="query/period", code="whole_months",
        )  # fmt: skip
    return period


@dataclass(frozen=True, slots=True)
class PerformancePage:
    found: Performance
    chosen: Indicator
    lines: Sequence[AgencyFigures]
    more: bool
    trend: Plot
    months: Sequence[tuple[str, PublicFigure]]
    days: Plot


def page_of(
    found: Performance, params: PerformanceParams, question: Question, language: Language, words: Callable[..., str]
) -> PerformancePage:
    lines = _ordered(found.lines, question.chosen.code)
    begin = MOST * (params.page - 1)
    months = _months(found)
    return PerformancePage(
        found, question.chosen, lines[begin : begin + MOST], len(lines) > begin + MOST,
        _trend(months, question.chosen, language), months, _days(found, words),
    )  # fmt: skip


def _ordered(lines: Sequence[AgencyFigures], chosen: str) -> list[AgencyFigures]:
    """The best first, those with too few last; equals by their names."""

    def order(line: AgencyFigures) -> tuple[bool, int, float, str]:
        one = line.figures.get(chosen, TOO_FEW)
        return line.code is None or one.value is None, one.rank or 0, -(one.value or 0.0), line.name or ""

    return sorted(lines, key=order)


def _months(found: Performance) -> list[tuple[str, PublicFigure]]:
    """Every month of the period that has begun, also those of which nothing is told."""
    last = min(found.period.last_day, national_day(found.as_of))
    told: list[tuple[str, PublicFigure]] = []
    on = found.period.first_day.replace(day=1)
    while on <= last and len(told) < MOST_MONTHS:
        key = f"{on:%Y-%m}"
        told.append((key, found.months.get(key, TOO_FEW)))
        on = on.replace(year=on.year + on.month // 12, month=on.month % 12 + 1)
    return told


def _trend(months: Sequence[tuple[str, PublicFigure]], chosen: Indicator, language: Language) -> Plot:
    points = [
        Point(f"{key[5:]}/{key[2:4]}", one.value, f"{said(chosen.unit, one.value, language)} (n = {one.n})")
        for key, one in months
    ]
    is_share = chosen.unit == "share"
    return plots.trend(points, top=1.0 if is_share else None, percent=is_share)


def _days(found: Performance, words: Callable[..., str]) -> Plot:
    points = [Point(day_of(day), float(count), str(count)) for day, count in found.took]
    points += [Point(day_of(day), None, "0") for day in range(len(found.took), LEAST_DAYS + 1)]
    speed = found.figures["speed_working"]
    marked = (("median", speed.median), ("p90", speed.p90))
    return plots.columns(
        points, [(value + 0.5, f"{words(name)} {value:g}") for name, value in marked if value is not None]
    )


def day_of(day: int) -> str:
    return f"{day}+" if day >= MOST_DAYS else str(day)


def thresholds_of(indicators: Sequence[Indicator], language: Language, words: Callable[..., str]) -> Mapping[str, str]:
    """From where on each is green and yellow, in words; of those that have thresholds."""
    return {
        one.code: words(
            "green_from", n=one.minimum_n, green=said(one.unit, one.thresholds.green, language),
            yellow=said(one.unit, one.thresholds.yellow, language),
        )
        for one in indicators
        if one.thresholds is not None
    }  # fmt: skip
