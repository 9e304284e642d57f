from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from routing_service.registry.agencies import service
from routing_service.registry.agencies.schemas import AgencyCreate, AgencyParams, AgencyPatch, AgencyView
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import CurrentClient, ManagingClient, allow
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Code, Page

router = APIRouter(prefix="/v1/agencies", tags=["registry"])

Operator = Annotated[Client, Depends(allow(Role.OPERATOR))]
AgencyCode = Annotated[Code, Path(description="The agency's code.")]


@router.get("", responses=web.errors_of())
async def list_agencies(
    params: Annotated[AgencyParams, Query()], _client: CurrentClient, session: Session, now: Now
) -> Page[AgencyView]:
    """The agencies of the registry, those out of service too."""
    return await service.list_agencies(session, params, now=now)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=AgencyView,
    responses=web.errors_of(extra=(409, 413)),
    dependencies=[makes("/v1/agencies/{code}")],
)
@raises(409, "agency_exists")
@raises(422, "agency_cycle", "not_an_instansi", "unknown_agency", "unknown_region", "validity_reversed")
@raises(
    403,
    "below_instansi",
    "code_of_instansi",
    "not_any_more",
    "outside_of_instansi",
    "region_of_instansi",
    "zone_of_instansi",
)
async def create_agency(
    body: AgencyCreate, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Register an agency. Operators; an instansi below itself."""
    created = await service.create_agency(session, body, client, now=now)
    return await once.answer(created, status=HTTPStatus.CREATED)


@router.get("/{code}", responses=web.errors_of(reads=True))
async def get_agency(code: AgencyCode, _client: CurrentClient, session: Session, now: Now) -> AgencyView:
    """One agency."""
    return await service.get_agency(session, code, now=now)


@router.patch("/{code}", responses=web.errors_of(reads=True, extra=(409, 413)))
@raises(409, "agency_holds_reports")
@raises(422, "agency_cycle", "not_an_instansi", "unknown_agency", "unknown_region", "validity_reversed")
@raises(
    403,
    "below_instansi",
    "instansi_of_operators",
    "not_any_more",
    "outside_of_instansi",
    "region_of_instansi",
    "zone_of_instansi",
)
async def change_agency(
    code: AgencyCode, body: AgencyPatch, client: ManagingClient, session: Session, now: Now
) -> AgencyView:
    """Change an agency; its past acts keep its code. Operators; an instansi its own, below itself whole."""
    return await service.change_agency(session, code, body, client, now=now)
