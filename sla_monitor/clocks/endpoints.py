from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from shared import web
from shared.auth import CurrentClient
from shared.database import Session
from shared.web import Now
from shared.wire import Page
from sla_monitor.clocks import service
from sla_monitor.clocks.schemas import ClockList, ClockStatistics, OverdueClock, OverdueParams, StatisticsParams
from sla_monitor.reference.service import References

router = APIRouter(prefix="/v1", tags=["clocks"])

#: How a report is named in a path.
ReportReference = Annotated[
    str, Path(alias="id", min_length=1, max_length=64, description="The report's id or tracking number.")
]


async def references(request: Request) -> References:
    known: References = request.app.state.references
    return known


Rules = Annotated[References, Depends(references)]


# 409: no policy is active, or the calendar does not reach far enough.
@router.get("/reports/{id}/clocks", responses=web.errors_of(reads=True, extra=(409,)))
async def list_clocks(
    reference: ReportReference, client: CurrentClient, session: Session, rules: Rules, now: Now
) -> ClockList:
    """The deadlines of one report, with the reason for every day that did not count."""
    return await service.of_report(session, reference, client, rules, now=now)


@router.get("/overdue", responses=web.errors_of())
async def list_overdue(
    params: Annotated[OverdueParams, Query()], client: CurrentClient, session: Session, rules: Rules, now: Now
) -> Page[OverdueClock]:
    """Clocks that run past their due instant now, the longest overdue first, of the reports the caller works on."""
    return await service.overdue(session, params, client, rules, now=now)


@router.get("/statistics/clocks", responses=web.errors_of())
async def clock_statistics(
    params: Annotated[StatisticsParams, Query()], client: CurrentClient, session: Session, now: Now
) -> ClockStatistics:
    """How many clocks of each stage were met, are late, are pending; of the reports the caller works on."""
    return await service.statistics(session, params, client, now=now)
