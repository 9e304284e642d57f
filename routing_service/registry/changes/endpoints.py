from typing import Annotated

from fastapi import APIRouter, Query

from routing_service.registry.agencies.endpoints import Operator
from routing_service.registry.changes import service
from routing_service.registry.changes.schemas import RegistryChange, RegistryChangeParams
from shared.database import Session
from shared.http import web
from shared.http.wire import Page

router = APIRouter(prefix="/v1/registry", tags=["registry"])


@router.get("/changes", responses=web.errors_of())
async def list_registry_changes(
    params: Annotated[RegistryChangeParams, Query()], _client: Operator, session: Session
) -> Page[RegistryChange]:
    """Who changed the registry, when, and what stood there before and after; the newest first. Only operators."""
    return await service.list_changes(session, params)
