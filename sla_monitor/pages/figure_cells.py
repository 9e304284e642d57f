"""A figure as it is read in a table or on a map."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from shared.domain.wording import Language
from shared.pages import plots
from sla_monitor.statistics.schemas import Figures, FigureValue

NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is read. `asked`: what its list of cases is asked for."""

    text: str
    colour: str | None
    count: int
    n: int
    rank: int | None
    asked: Mapping[str, str] | None
    bar: float = 0.0


def cell(figures: Figures, one: FigureValue, language: Language, highest: float = 0.0) -> Cell:
    asked = None if one.cases is None else dict(parse_qsl(urlsplit(one.cases).query))
    colour = None if one.colour is None else one.colour.value
    text = said(figures.unit, one.value, language)
    return Cell(text, colour, one.count, one.n, one.rank, asked, plots.share_of(one.value, highest))


def said(unit: str, value: float | None, language: Language) -> str:
    """A value as people write it; a dash where there are too few."""
    if value is None:
        return NOTHING
    if unit in ("reports", "deadlines"):
        return f"{value:.0f}"
    text = f"{100 * value:.1f} %" if unit == "share" else f"{value:.1f}"
    return text.replace(".", ",") if language is Language.ID else text
