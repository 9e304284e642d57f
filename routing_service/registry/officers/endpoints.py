from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from routing_service.registry.agencies.endpoints import AgencyCode, Operator
from routing_service.registry.officers import service
from routing_service.registry.officers.schemas import (
    NationalRoleOfficerCreate,
    OfficerCreate,
    OfficerParams,
    OfficerPatch,
    OfficerView,
    OwnNews,
)
from shared.clients import MANAGERS, OFFICERS, TO_MANAGE, Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import ManagingClient, allow
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1", tags=["officers"])

#: Addresses of officers are not for everybody.
Reader = Annotated[Client, Depends(allow(Role.NATIONAL_ADMIN, *MANAGERS, needs=TO_MANAGE))]
NationalReader = Annotated[Client, Depends(allow(Role.OPERATOR, Role.NATIONAL_ADMIN))]
#: Whom mails of the ladder reach.
OfficerClient = Annotated[Client, Depends(allow(*OFFICERS, Role.SUPERVISOR))]
Params = Annotated[OfficerParams, Query()]

_ADDS = web.errors_of(extra=(409, 413))


@router.get("/agencies/{code}/officers", responses=web.errors_of(reads=True))
@raises(403, "not_any_more")
async def list_officers(
    code: AgencyCode, params: Params, client: Reader, session: Session, now: Now
) -> Page[OfficerView]:
    """The officers of one agency; who looks after an instansi sees its own."""
    return await service.list_officers(session, code, params, client, now=now)


@router.post(
    "/agencies/{code}/officers",
    status_code=HTTPStatus.CREATED,
    response_model=OfficerView,
    responses=web.errors_of(reads=True, extra=(409, 413)),
    dependencies=[makes("/v1/officers/{id}")],
)
@raises(409, "officer_exists")
@raises(422, "role_is_national", "role_of_instansi")
@raises(403, "not_any_more", "officer_of_operators", "outside_of_instansi", "subject_of_operators")
async def add_officer(
    code: AgencyCode, body: OfficerCreate, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Register whom the escalations of an agency reach. Operators; an instansi its liaison officers and heads."""
    added = await service.add_officer(session, code, body, client, now=now)
    return await once.answer(added, status=HTTPStatus.CREATED)


@router.get("/officers", responses=web.errors_of())
@raises(403, "not_any_more")
async def list_national_officers(
    params: Params, client: NationalReader, session: Session, now: Now
) -> Page[OfficerView]:
    """The national administrators and the supervisors that escalations reach."""
    return await service.list_officers(session, None, params, client, now=now)


@router.post(
    "/officers",
    status_code=HTTPStatus.CREATED,
    response_model=OfficerView,
    responses=_ADDS,
    dependencies=[makes("/v1/officers/{id}")],
)
@raises(409, "officer_exists")
async def add_national_officer(
    body: NationalRoleOfficerCreate, _client: Operator, session: Session, once: Idempotent, now: Now
) -> Response:
    """Register a national administrator or a supervisor. Only operators."""
    return await once.answer(await service.add_national_officer(session, body, now=now), status=HTTPStatus.CREATED)


@router.get("/officers/me/news", responses=web.errors_of(reads=True))
@raises(404, "unregistered_officer")
async def get_own_news(client: OfficerClient, session: Session) -> OwnNews:
    """How you hear that a report has come to you."""
    return await service.own_news(session, client)


@router.put("/officers/me/news", responses=web.errors_of(reads=True, extra=(413,)))
@raises(404, "unregistered_officer")
async def choose_own_news(body: OwnNews, client: OfficerClient, session: Session) -> OwnNews:
    """Choose to hear of reports at once, within working hours, or in one mail in the morning."""
    return await service.choose_news(session, client, body)


@router.get("/officers/{id}", responses=web.errors_of(reads=True))
@raises(403, "not_any_more")
async def get_officer(
    officer_id: Annotated[UUID, Path(alias="id")], client: Reader, session: Session, now: Now
) -> OfficerView:
    """One officer; who looks after an instansi sees its own."""
    return await service.get_officer(session, officer_id, client, now=now)


@router.patch("/officers/{id}", responses=web.errors_of(reads=True, extra=(409, 413)))
@raises(409, "officer_exists")
@raises(
    403,
    "address_of_account",
    "not_any_more",
    "officer_of_operators",
    "outside_of_instansi",
    "subject_of_operators",
    "yourself",
)
async def change_officer(
    officer_id: Annotated[UUID, Path(alias="id")],
    body: OfficerPatch,
    client: ManagingClient,
    session: Session,
    now: Now,
) -> OfficerView:
    """Change an officer, or take them out of service. Operators; an instansi its liaison officers and heads."""
    return await service.change_officer(session, officer_id, body, client, now=now)
