from fastapi import APIRouter, Response

from routing_service.decisions import service
from routing_service.decisions.schemas import PreviewRequest, RoutingView, Suggestion
from routing_service.reports.endpoints import Reference
from shared import web
from shared.auth import CurrentClient
from shared.database import Session
from shared.idempotency import Idempotent

router = APIRouter(prefix="/v1", tags=["routing"])


@router.get("/reports/{id}/routing", responses=web.errors_of(reads=True))
async def explain_routing(reference: Reference, client: CurrentClient, session: Session) -> RoutingView:
    """Why it went where: what was suggested, what people decided, who returned it, what the rules say today."""
    return await service.explain(session, reference, client)


@router.post("/routing/preview", response_model=Suggestion, responses=web.errors_of(extra=(409, 413)))
async def preview_routing(body: PreviewRequest, _client: CurrentClient, session: Session, once: Idempotent) -> Response:
    """Where a report would go that is none yet. Stores nothing of it."""
    return await once.answer(await service.preview(session, body))
