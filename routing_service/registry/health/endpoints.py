"""What is missing or does not fit in the registry."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from routing_service.registry.health import service
from routing_service.registry.health.schemas import HealthParams, RegistryHealth
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.web import Now

router = APIRouter(prefix="/v1/registry", tags=["registry"])

Reader = Annotated[Client, Depends(allow(Role.OPERATOR, Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.COORDINATOR))]


@router.get("/health", responses=web.errors_of(reads=True))
async def registry_health(
    params: Annotated[HealthParams, Query()], client: Reader, session: Session, now: Now
) -> RegistryHealth:
    """The gaps: agencies nobody answers for, agencies that rules cannot find, reports held where nobody works.

    A coordinator sees those of their own instansi.
    """
    return await service.health(session, params, client, now=now)
