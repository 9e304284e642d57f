from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import HTMLResponse

from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.formats import HTML, JSON, prefers_html
from shared.http.idempotency import Idempotent
from shared.http.languages import AskedLanguage
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page as ListPage
from sla_monitor.reprimands import page, service
from sla_monitor.reprimands.schemas import (
    PreviewParams,
    ReprimandLine,
    ReprimandParams,
    ReprimandPreview,
    ReprimandRequest,
    ReprimandView,
)

router = APIRouter(prefix="/v1/reprimands", tags=["reprimands"])

Compiler = Annotated[Client, Depends(allow(Role.OPERATOR, Role.NATIONAL_ADMIN))]
Reader = Annotated[Client, Depends(allow(Role.OPERATOR, Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.COORDINATOR))]

#: Nothing from elsewhere, and no script.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
VARY = {"Vary": "Accept, Accept-Language"}
Accept = Annotated[str | None, Header(alias="Accept", max_length=500, description=f"`{JSON}` or `{HTML}`.")]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=ReprimandView,
    dependencies=[makes("/v1/reprimands/{id}")],
    responses=web.errors_of(extra=(409, 413)) | {200: {"model": ReprimandView, "description": "Compiled before."}},
)
@raises(409, "no_cases")
@raises(422, "not_an_instansi", "period", "period_open", "unknown_agency")
async def compile_reprimand(
    body: ReprimandRequest, client: Compiler, session: Session, once: Idempotent, now: Now
) -> Response:
    """Compile the reprimand of a region for a period. It is made once: later requests get the same one.

    The regional heads are told by mail.
    """
    compiled = await service.compile_one(session, body, client, now=now)
    return await once.answer(compiled.reprimand, status=HTTPStatus.CREATED if compiled.new else HTTPStatus.OK)


@router.get("", responses=web.errors_of())
async def list_reprimands(
    params: Annotated[ReprimandParams, Query()], client: Reader, session: Session
) -> ListPage[ReprimandLine]:
    """The reprimands, the newest first; a coordinator sees those of their own instansi."""
    return await service.page_of_reprimands(session, params, client)


@router.get(
    "/preview",
    response_model=ReprimandPreview,
    responses=web.errors_of() | {200: {"content": {HTML: {"schema": {"type": "string"}}}}},
)
@raises(422, "agency_required", "not_an_instansi", "period", "unknown_agency")
async def preview_reprimand(
    params: Annotated[PreviewParams, Query()], client: Reader, session: Session, language: AskedLanguage, now: Now,
    accept: Accept = None,
) -> Response:  # fmt: skip
    """What a region will be reprimanded for in a period that still runs, and what can still be prevented."""
    found = await service.preview_reprimand(session, params, client, now=now)
    if not prefers_html(accept):
        return Response(found.model_dump_json(), media_type=JSON, headers=VARY)
    return HTMLResponse(page.preview_page(found, language), headers=VARY | {"Content-Security-Policy": POLICY})


@router.get(
    "/{id}",
    response_model=ReprimandView,
    responses=web.errors_of(reads=True) | {200: {"content": {HTML: {"schema": {"type": "string"}}}}},
)
async def get_reprimand(
    reprimand_id: Annotated[UUID, Path(alias="id")],
    client: Reader,
    session: Session,
    language: AskedLanguage,
    accept: Accept = None,
) -> Response:
    """One reprimand with its cases and the proof of each: as JSON, or as a page to print."""
    reprimand = await service.get_reprimand(session, reprimand_id, client)
    if not prefers_html(accept):
        return Response(reprimand.model_dump_json(), media_type=JSON, headers=VARY)
    content = page.html(reprimand, language)
    return HTMLResponse(content, headers=VARY | {"Content-Security-Policy": POLICY})
