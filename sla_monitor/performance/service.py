"""How agencies do, for everybody: totals, by stage, by month, how long answers take, the agencies beside each other.

A secret report is in none of these figures, for it is not there for the public. What rests on few reports is not told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.periods import Period
from shared.errors import NotFound
from sla_monitor.indicators.catalogue import Catalogue, Dimension, Indicator, IndicatorKind
from sla_monitor.performance import queries
from sla_monitor.statistics import marks
from sla_monitor.statistics import queries as statistics
from sla_monitor.statistics.marks import Colour
from sla_monitor.statistics.queries import Asked

PUBLIC = "public"
RECEIVED, IN_TIME, SPEED = "received", "in_time_share", "speed_working"
#: With fewer nothing is told, whatever the indicator says.
LEAST = 10
#: Answers that took longer are one column of the plot.
MOST_DAYS = 20


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """`value` None: too few, and then nothing else is told either."""

    value: float | None
    count: int = 0
    n: int = 0
    median: float | None = None
    p90: float | None = None
    colour: Colour | None = Colour.GREY
    rank: int | None = None


TOO_FEW = PublicFigure(None)


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """An agency with all below it. `code` None: the national level; `opens`: it has agencies below it."""

    code: str | None
    name: str | None
    opens: bool
    figures: Mapping[str, PublicFigure]


@dataclass(frozen=True, slots=True)
class Performance:
    """Of an agency with all below it, or of all."""

    agency: str | None
    name: str | None
    region: str | None
    above: Sequence[tuple[str, str]]  #: codes and names, the topmost first
    period: Period
    as_of: datetime
    figures: Mapping[str, PublicFigure]
    stages: Sequence[tuple[str, PublicFigure]]
    lines: Sequence[AgencyFigures]
    months: Mapping[str, PublicFigure]  #: of the chosen indicator
    took: Sequence[tuple[int, int]]  #: working days until the first answer, and how many took them


def public_indicators(catalogue: Catalogue) -> list[Indicator]:
    """Those that everybody may see, as a table has them: what was received, then the shares and means."""
    found = [one for one in catalogue.indicators.values() if one.seen_by == PUBLIC]
    return [one for one in found if one.code == RECEIVED or one.kind is not IndicatorKind.COUNT]


async def performance(
    session: AsyncSession, catalogue: Catalogue, *, agency: str | None, period: Period, chosen: str, now: datetime
) -> Performance:
    """`chosen`: the indicator of the trend. Raises NotFound."""
    tree = _Tree(await queries.all_agencies(session))
    if agency is not None and agency not in tree.names:
        raise NotFound(f"There is no agency {agency}.", code="unknown_agency")
    above = await queries.codes_above(session, agency) if agency is not None else ()
    within = None if agency is None else sorted(tree.below(agency))
    indicators = public_indicators(catalogue)
    asked = Asked(
        indicator=indicators[0], by=None, period=period, as_of=now, of_the_past=False, agencies=within,
        agencies_only=False, stage=None, without_secret=True,
    )  # fmt: skip
    total, lines = {}, {}
    for one in indicators:
        total[one.code] = await _total(session, replace(asked, indicator=one))
        lines[one.code] = await _by_agency(session, replace(asked, indicator=one), tree, agency)
    took, stages = catalogue.indicators[SPEED], catalogue.indicators[IN_TIME]
    return Performance(
        agency, tree.names.get(agency or ""), tree.regions.get(agency or ""), [(one, tree.names[one]) for one in above],
        period, now, total, await _by(session, replace(asked, indicator=stages), Dimension.STAGE),
        tree.lines(agency, lines),
        dict(await _by(session, replace(asked, indicator=catalogue.indicators[chosen]), Dimension.MONTH)),
        await _took(session, replace(asked, indicator=took)) if total[SPEED].value is not None else (),
    )  # fmt: skip


async def _total(session: AsyncSession, asked: Asked) -> PublicFigure:
    rows = await statistics.figures(session, asked)
    return figure_of(asked.indicator, *_numbers(rows[0]), rows[0]) if rows else TOO_FEW


async def _by(session: AsyncSession, asked: Asked, by: Dimension) -> list[tuple[str, PublicFigure]]:
    rows = await statistics.figures(session, replace(asked, by=by))
    return [(row.key, figure_of(asked.indicator, *_numbers(row), row)) for row in rows if row.key is not None]


async def _by_agency(
    session: AsyncSession, asked: Asked, tree: "_Tree", agency: str | None
) -> dict[str | None, PublicFigure]:
    """The agencies right below one, each with all below it: sums of sums, and so no percentiles."""
    added: dict[str | None, list[float]] = {}
    for row in await statistics.figures(session, replace(asked, by=Dimension.AGENCY)):
        sums = added.setdefault(tree.line_of(row.key, agency), [0, 0, 0.0])
        for place, number in enumerate(_numbers(row)):
            sums[place] += number
    found = {key: figure_of(asked.indicator, int(sums[0]), int(sums[1]), sums[2]) for key, sums in added.items()}
    ranks = marks.ranks(asked.indicator, {key: one.value for key, one in found.items() if key is not None})
    return {key: replace(one, rank=ranks.get(key or "")) for key, one in found.items()}


def _numbers(row: Any) -> tuple[int, int, float]:
    return row.counted, row.among, float(getattr(row, "sum", None) or 0.0)


def figure_of(indicator: Indicator, counted: int, among: int, total: float, row: Any = None) -> PublicFigure:
    """`row`: has the percentiles of a mean."""
    is_share = indicator.kind is IndicatorKind.SHARE
    n = among if is_share else counted
    if n < max(LEAST, indicator.minimum_n):
        return TOO_FEW
    if indicator.kind is IndicatorKind.COUNT:
        return PublicFigure(float(counted), counted, counted, colour=None)
    value = counted / n if is_share else total / n
    median, p90 = (None, None) if is_share or row is None else row.percentiles
    return PublicFigure(value, counted, n, median, p90, marks.colour_of(indicator, value))


async def _took(session: AsyncSession, asked: Asked) -> list[tuple[int, int]]:
    known = {row.bin: row.counted for row in await statistics.distribution(session, asked, most=MOST_DAYS)}
    return [(one, known.get(one, 0)) for one in range(max(known, default=-1) + 1)]


@dataclass
class _Tree:
    rows: Sequence[Any]
    names: dict[str, str] = field(default_factory=dict)
    regions: dict[str, str | None] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    children: dict[str | None, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code, parent, name, region in self.rows:
            self.names[code], self.parents[code], self.regions[code] = name, parent, region
            self.children.setdefault(parent, []).append(code)

    def below(self, code: str) -> set[str]:
        """It and all below it."""
        found, waiting = {code}, [code]
        while waiting:
            more = [one for one in self.children.get(waiting.pop(), ()) if one not in found]
            found.update(more)
            waiting += more
        return found

    def line_of(self, code: str | None, agency: str | None) -> str | None:
        """To whose line an agency counts: that right below `agency` which it is or belongs to, or `agency` itself."""
        seen: set[str] = set()
        while code is not None and code != agency and self.parents.get(code) != agency and code not in seen:
            seen.add(code)
            code = self.parents.get(code)
        return code

    def lines(
        self, agency: str | None, figures: Mapping[str, Mapping[str | None, PublicFigure]]
    ) -> list[AgencyFigures]:
        """Of all that have anything to tell, and the national level or the agency itself."""
        told = {key for lines in figures.values() for key, one in lines.items() if one.value is not None}
        codes: Iterable[str | None] = [*self.children.get(agency, ()), agency]
        return [
            AgencyFigures(
                code, self.names.get(code or ""), code != agency and bool(self.children.get(code)),
                {indicator: lines.get(code, TOO_FEW) for indicator, lines in figures.items()},
            )
            for code in codes
            if code in told
        ]  # fmt: skip
