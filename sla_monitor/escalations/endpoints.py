from typing import Annotated

from fastapi import APIRouter, Query

from shared import web
from shared.auth import CurrentClient
from shared.database import Session
from shared.wire import Page
from sla_monitor.escalations import service
from sla_monitor.escalations.schemas import EscalationParams, EscalationView

router = APIRouter(prefix="/v1/escalations", tags=["escalations"])


@router.get("", responses=web.errors_of())
async def list_escalations(
    params: Annotated[EscalationParams, Query()], client: CurrentClient, session: Session
) -> Page[EscalationView]:
    """Ladder steps that were carried out, the newest first, of the reports the caller works on."""
    return await service.page(session, params, client)
