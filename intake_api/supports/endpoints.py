from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from intake_api.reporters.parameters import credentials_of_account
from intake_api.submissions.schemas import ReporterReference
from intake_api.supports import service
from intake_api.supports.schemas import SupportedItem, SupportedParams, SupportRequest, SupportView
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page, TrackingNumber

router = APIRouter(prefix="/v1", tags=["supports"])

App = Annotated[Client, Depends(allow(Role.REPORTER_APP))]


@router.post(
    "/reports/{tracking_number}/supports",
    response_model=SupportView,
    responses=web.errors_of(reads=True, extra=(409, 413)),
)
@raises(409, "merged", "not_open", "not_public", "own_report", "support_taken_back")
async def support_report(
    tracking_number: TrackingNumber, body: SupportRequest, request: Request, session: Session, once: Idempotent,
    client: App, now: Now,
) -> Response:  # fmt: skip
    """Say that the report concerns this account as well: it is counted once, and the account follows it.
    Only open public reports.
    """
    credentials = credentials_of_account(request, client, body.reporter_reference)
    if once.repeats is not None:
        raise once.again(await service.supporting(session, tracking_number, credentials))
    report_id, answer = await service.support(session, tracking_number, credentials, now=now)
    return await once.answer(answer, about=report_id)


@router.delete(
    "/reports/{tracking_number}/supports/{reporter_reference}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=web.errors_of(reads=True),
)
async def take_support_back(
    tracking_number: TrackingNumber,
    reporter_reference: Annotated[ReporterReference, Path()],
    request: Request,
    session: Session,
    client: App,
    now: Now,
) -> None:
    """Say that the report no longer concerns this account. Nothing happens if it never did."""
    credentials = credentials_of_account(request, client, reporter_reference)
    await service.take_back(session, tracking_number, credentials, now=now)


@router.get("/reporters/{reporter_reference}/supports", responses=web.errors_of())
async def list_supported_reports(
    reporter_reference: Annotated[ReporterReference, Path()],
    request: Request,
    session: Session,
    client: App,
    language: AskedLanguage,
    params: Annotated[SupportedParams, Query()],
) -> Page[SupportedItem]:
    """The reports of others that an account of the app supports, and where they stand, latest first."""
    credentials = credentials_of_account(request, client, reporter_reference)
    return await service.supported(session, credentials, params, language=language)
