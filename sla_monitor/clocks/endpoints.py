from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from shared.database import Session
from shared.http import web
from shared.http.auth import ReachingClient
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page
from sla_monitor.clocks import service
from sla_monitor.clocks.schemas import (
    ClockList,
    ClocksParams,
    ClockStatistics,
    OverdueClock,
    OverdueParams,
    StatisticsParams,
)
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
@raises(409, "calendar_year_missing", "no_policy")
@raises(422, "as_of_in_future", "policy_invalid")
@raises(503, "no_reference_data")
async def list_clocks(
    reference: ReportReference, params: Annotated[ClocksParams, Query()], language: AskedLanguage,
    client: ReachingClient, session: Session, rules: Rules, now: Now,
) -> ClockList:  # fmt: skip
    """The deadlines of one report: why each is what it is, every day that did not count, every step of its ladder.
    Those that were opened last, in order; the cursor leads to the ones before."""
    return await service.of_report(session, reference, client, rules, params, language=language, now=now)


# 409, here and below: asked for the past, clocks are computed.
@router.get("/overdue", responses=web.errors_of(extra=(409,)))
@raises(409, "calendar_year_missing")
@raises(422, "as_of_in_future", "policy_invalid", "unknown_agency")
@raises(503, "no_reference_data")
async def list_overdue(
    params: Annotated[OverdueParams, Query()], client: ReachingClient, session: Session, rules: Rules, now: Now
) -> Page[OverdueClock]:
    """Clocks that run past their due instant, now or `as_of`, the longest overdue first, of the caller's reports."""
    return await service.overdue(session, params, client, rules, now=now)


@router.get("/statistics/clocks", responses=web.errors_of(extra=(409,)))
@raises(409, "calendar_year_missing", "no_policy")
@raises(422, "as_of_in_future", "unknown_agency")
async def clock_statistics(
    params: Annotated[StatisticsParams, Query()], client: ReachingClient, session: Session, rules: Rules, now: Now
) -> ClockStatistics:
    """How many clocks of each stage were met, are late, are pending, now or `as_of`; of the caller's reports."""
    return await service.statistics(session, params, client, rules, now=now)
