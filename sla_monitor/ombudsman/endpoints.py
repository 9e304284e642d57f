from typing import Annotated

from fastapi import APIRouter, Depends, Response

from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.raising import raises
from shared.http.web import Now
from sla_monitor.clocks.endpoints import ReportReference, Rules
from sla_monitor.ombudsman import service

router = APIRouter(prefix="/v1/reports", tags=["ombudsman"])

Reader = Annotated[Client, Depends(allow(Role.NATIONAL_ADMIN, Role.SUPERVISOR))]

ZIP = "application/zip"


@router.get(
    "/{id}/ombudsman-package",
    response_class=Response,
    responses=web.errors_of(reads=True, extra=(409,)) | {200: {"content": {ZIP: {}}, "description": "The package."}},
)
@raises(409, "calendar_year_missing", "no_policy")
@raises(409, "consent_not_asked", "consent_pending", "consent_refused", "consent_silent", "report_withdrawn")
@raises(422, "policy_invalid")
@raises(503, "no_reference_data")
async def get_ombudsman_package(
    reference: ReportReference, client: Reader, session: Session, rules: Rules, now: Now
) -> Response:
    """The whole case for the Ombudsman as a ZIP, with the means to verify it. Only with the reporter's consent."""
    made = await service.make_package(session, reference, client, rules, now=now)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.content, media_type=ZIP, headers=headers)
