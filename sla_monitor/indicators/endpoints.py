from typing import Annotated

from fastapi import APIRouter, Depends, Request

from shared.http import web
from shared.http.auth import ReachingClient
from sla_monitor.indicators.catalogue import Catalogue
from sla_monitor.indicators.schemas import IndicatorList

router = APIRouter(prefix="/v1/indicators", tags=["statistics"])


async def catalogue(request: Request) -> Catalogue:
    known: Catalogue = request.app.state.indicators
    return known


Indicators = Annotated[Catalogue, Depends(catalogue)]


@router.get("", responses=web.errors_of())
async def list_indicators(client: ReachingClient, indicators: Indicators) -> IndicatorList:
    """What figures there are: what each means, what it counts, by what it can be told, and when it is green."""
    return IndicatorList.showing(indicators)
