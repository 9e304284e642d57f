"""Exactly the cases that a figure counts, as a page."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from sla_monitor.indicators.catalogue import Catalogue, Indicator
from sla_monitor.pages import queries
from sla_monitor.pages.today import Looking
from sla_monitor.statistics import service as statistics
from sla_monitor.statistics.schemas import FigureCaseParams, FigureCases


class FigureListParams(FigureCaseParams):
    lang: Annotated[str | None, Field(max_length=20)] = None


@dataclass(frozen=True, slots=True)
class FigureList:
    indicator: Indicator
    cases: FigureCases
    names: dict[str, str]  #: of the agencies among them


async def figure_list(
    session: AsyncSession, params: FigureListParams, catalogue: Catalogue, looking: Looking
) -> FigureList:
    """Raises Forbidden, Invalid."""
    asked = FigureCaseParams(**params.model_dump(exclude={"lang"}))
    found = await statistics.cases(session, catalogue, asked, looking.client, now=looking.now)
    names = await queries.agency_names(session, (case.agency for case in found.items))
    return FigureList(catalogue.indicators[params.indicator], found, names)
