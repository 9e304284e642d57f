from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from routing_service.report.reading.endpoints import Reference
from routing_service.report.reading.schemas import PartParams
from routing_service.work.decisions import history, service
from routing_service.work.decisions.advice import Advising
from routing_service.work.decisions.schemas import DecisionView, PreviewRequest, ReturnView, RoutingView, Suggestion
from shared.database import Session
from shared.http import web
from shared.http.auth import CurrentClient, WorkingClient
from shared.http.idempotency import IdempotencyKeyHeader
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1", tags=["routing"])


async def advising(request: Request) -> Advising:
    return Advising(request.app.state.knowledge, request.app.state.settings.most_returns)


Advises = Annotated[Advising, Depends(advising)]


@router.get("/reports/{id}/routing", responses=web.errors_of(reads=True))
async def explain_routing(
    reference: Reference, client: WorkingClient, session: Session, advises: Advises, language: AskedLanguage, now: Now
) -> RoutingView:
    """Why the report went where it went: what was suggested, what people decided, who returned it, and today's
    suggestion.
    """
    return await service.explain(session, reference, client, advising=advises, language=language, now=now)


@router.get("/reports/{id}/routing/decisions", responses=web.errors_of(reads=True))
async def list_routing_decisions(
    reference: Reference, client: WorkingClient, session: Session, advises: Advises, language: AskedLanguage,
    params: Annotated[PartParams, Query()],
) -> Page[DecisionView]:  # fmt: skip
    """Who sent the report where, newest first, for those who work on it: as in the explanation of its routing."""
    return await history.page_of_decisions(session, reference, client, params, advising=advises, language=language)


@router.get("/reports/{id}/routing/returns", responses=web.errors_of(reads=True))
async def list_returns(
    reference: Reference, client: WorkingClient, session: Session, advises: Advises, language: AskedLanguage,
    params: Annotated[PartParams, Query()],
) -> Page[ReturnView]:  # fmt: skip
    """Who returned the report, and why, newest first, for those who work on it."""
    return await history.page_of_returns(session, reference, client, params, advising=advises, language=language)


@router.post("/routing/preview", responses=web.errors_of(extra=(413, 429)))
@raises(422, "inactive_category", "unknown_agency", "unknown_category", "unknown_region")
async def preview_routing(
    request: Request,
    body: PreviewRequest,
    _client: CurrentClient,
    language: AskedLanguage,
    now: Now,
    _key: IdempotencyKeyHeader = None,
) -> Suggestion:
    """Where a report would go that has not been submitted yet. Stores nothing, so an Idempotency-Key has no effect."""
    state = request.app.state
    return await service.preview_routing(state.sessions, body, knowledge=state.knowledge, language=language, now=now)
