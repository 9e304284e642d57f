"""Models over HTTP. Training is a command (`lapor routing train`): it needs a processor for minutes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from routing_service.competence.models import renewal, service
from routing_service.competence.models.schemas import ModelList, ModelParams, ModelView
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.raising import raises
from shared.http.web import Now

router = APIRouter(prefix="/v1/routing/models", tags=["models"])

Operator = Annotated[Client, Depends(allow(Role.OPERATOR))]
Reader = Annotated[Client, Depends(allow(Role.OPERATOR, Role.NATIONAL_ADMIN, Role.SUPERVISOR))]
ModelId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]


@router.get("", responses=web.errors_of())
async def list_models(
    params: Annotated[ModelParams, Query()], _client: Reader, session: Session, now: Now
) -> ModelList:
    """What has been learned, the newest first: how well, from how much, which model is in force, and how it does."""
    return await renewal.page_of_models(session, limit=params.limit, now=now)


@router.post("/rollback", response_model=ModelView, responses=web.errors_of(extra=(409, 413)))
@raises(409, "bad_model", "model_active", "no_model", "nothing_before")
async def roll_back_model(client: Operator, session: Session, once: Idempotent, now: Now) -> Response:
    """Put the model in force again that was before the present one. Only operators."""
    return await once.answer(await service.roll_back(session, client, now=now))


@router.post("/{id}/activation", response_model=ModelView, responses=web.errors_of(reads=True, extra=(409, 413)))
@raises(409, "bad_model", "model_active")
async def activate_model(id: ModelId, client: Operator, session: Session, once: Idempotent, now: Now) -> Response:
    """Put a model in force; the present one retires. Only operators."""
    return await once.answer(await service.activate_model(session, id, client, now=now))
