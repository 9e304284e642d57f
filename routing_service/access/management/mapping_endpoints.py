"""Mappings of somebody else's issuer: operators alone look after them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from routing_service.access.management import mappings
from routing_service.access.management.mapping_schemas import ClaimMappingCreate, ClaimMappingParams, ClaimMappingView
from routing_service.registry.agencies.endpoints import Operator
from shared.database import Session
from shared.http import web
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.wire import Page

router = APIRouter(prefix="/v1/claim-mappings", tags=["access"])

MappingId = Annotated[UUID, Path(alias="id", description="Of the mapping.")]


@router.get("", responses=web.errors_of())
async def list_claim_mappings(
    params: Annotated[ClaimMappingParams, Query()], _client: Operator, session: Session
) -> Page[ClaimMappingView]:
    """Which claims of somebody else's issuer mean whom. Only operators."""
    return await mappings.list_mappings(session, params)


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=ClaimMappingView, responses=web.errors_of(extra=(409, 413)),
    dependencies=[makes("/v1/claim-mappings/{id}")],
)  # fmt: skip
@raises(409, "claim_mapping_exists")
@raises(422, "not_a_person", "unknown_account")
async def add_claim_mapping(
    body: ClaimMappingCreate, _client: Operator, session: Session, once: Idempotent
) -> Response:
    """Say which claim of somebody else's issuer means a person, who may then log in there. Only operators."""
    return await once.answer(await mappings.add_mapping(session, body), status=HTTPStatus.CREATED)


@router.get("/{id}", responses=web.errors_of(reads=True))
async def get_claim_mapping(mapping_id: MappingId, _client: Operator, session: Session) -> ClaimMappingView:
    """One mapping. Only operators."""
    return await mappings.get_mapping(session, mapping_id)


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=web.errors_of(reads=True))
async def end_claim_mapping(mapping_id: MappingId, _client: Operator, session: Session) -> None:
    """Take a mapping away: nobody logs in by it any more, and all log-ins of that account end. Only operators."""
    await mappings.end_mapping(session, mapping_id)
