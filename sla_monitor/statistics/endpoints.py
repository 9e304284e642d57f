from typing import Annotated

from fastapi import APIRouter, Query

from shared.database import Session
from shared.http import web
from shared.http.auth import ReachingClient
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from sla_monitor.indicators.endpoints import Indicators
from sla_monitor.statistics import service
from sla_monitor.statistics.schemas import FigureCaseParams, FigureCases, FigureParams, Figures

router = APIRouter(prefix="/v1/statistics", tags=["statistics"])

_ASKED = (
    "as_of_in_future",
    "no_stage",
    "period",
    "unknown_agency",
    "unknown_dimension",
    "unknown_indicator",
    "unknown_stage",
)


@router.get("", responses=web.errors_of())
@raises(403, "agency_out_of_reach")
@raises(422, *_ASKED)
async def get_figures(
    params: Annotated[FigureParams, Query()], client: ReachingClient, session: Session, language: AskedLanguage,
    indicators: Indicators, now: Now,
) -> Figures:  # fmt: skip
    """One figure, in total and by agency, class, category, channel, region or month: with its formula, how many it
    rests on, as of when, and where exactly the cases are that it counts. Of the caller's part of the country."""
    return await service.figures(session, indicators, params, client, language=language, now=now)


@router.get("/cases", responses=web.errors_of())
@raises(403, "agency_out_of_reach")
@raises(422, *_ASKED, "line_without_by", "no_cases", "unknown_key")
async def list_figure_cases(
    params: Annotated[FigureCaseParams, Query()], client: ReachingClient, session: Session, indicators: Indicators,
    now: Now,
) -> FigureCases:  # fmt: skip
    """Exactly the reports, or their deadlines, that a figure counts; each figure links to its own. A report that the
    caller may not see is counted and not listed."""
    return await service.cases(session, indicators, params, client, now=now)
