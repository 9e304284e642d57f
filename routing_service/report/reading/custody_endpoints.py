"""What waits for a second identity custodian, whichever report it is about."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from routing_service.report.reading import custody
from routing_service.report.reading.endpoints import Custodian
from routing_service.report.reading.schemas import IdentityRequestParams, OpenIdentityRequest
from shared.database import Session
from shared.http import web
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1/identity-requests", tags=["reports"])


@router.get("", responses=web.errors_of(extra=(409,)))
@raises(409, "two_custodians_off")
async def list_identity_requests(
    params: Annotated[IdentityRequestParams, Query()], _client: Custodian, request: Request, session: Session, now: Now
) -> Page[OpenIdentityRequest]:
    """What other identity custodians have asked to see and nobody has approved yet, the newest first; a request stands
    for seven days. Only where two custodians must agree (`LAPOR_TWO_CUSTODIANS`, off by default); elsewhere 409
    `two_custodians_off`.
    """
    custody.check_on(request.app.state.settings.two_custodians)
    return await custody.open_requests(session, params, now=now)
