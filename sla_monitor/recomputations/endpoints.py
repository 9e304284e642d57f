from typing import Annotated

from fastapi import APIRouter, Path, Query

from shared.database import Session
from shared.http import web
from shared.http.wire import Page, PageParams
from shared.queries.reach import knows_published_only
from sla_monitor.recomputations import service
from sla_monitor.recomputations.schemas import RecomputationView
from sla_monitor.roles import RulesReader

router = APIRouter(prefix="/v1/recomputations", tags=["rules"])

RecomputationId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]


@router.get("", responses=web.errors_of())
async def list_recomputations(
    params: Annotated[PageParams, Query()], client: RulesReader, session: Session
) -> Page[RecomputationView]:
    """Recomputations of open clocks after a change of calendar, policy or limit, the newest first."""
    return await service.page_of_recomputations(session, params, counts=not knows_published_only(client))


@router.get("/{id}", responses=web.errors_of(reads=True))
async def get_recomputation(id: RecomputationId, client: RulesReader, session: Session) -> RecomputationView:
    """How far a recomputation is."""
    return await service.get_recomputation(session, id, counts=not knows_published_only(client))
