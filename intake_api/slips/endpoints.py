from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import HTMLResponse

from intake_api.slips import page, service
from intake_api.slips.schemas import Slip
from intake_api.slips.service import SlipRequest
from shared import ids
from shared.clients import OFFICERS, Client
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.formats import HTML, JSON, prefers_html
from shared.http.idempotency import REPLAYED, IdempotencyKeyHeader, Idempotent
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import TrackingNumber, etag
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import IntakeSettings

#: The page that number and code open, see intake_api/pages.
MAILBOX = "/r"

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Officer = Annotated[Client, Depends(allow(*OFFICERS))]


@router.post(
    "/{tracking_number}/slip",
    response_model=Slip,
    responses=web.errors_of(reads=True, extra=(409, 413))
    | {200: {"model": Slip, "content": {HTML: {"schema": {"type": "string"}}}}},
)
@raises(409, "slip_made_before")
async def make_slip(
    tracking_number: TrackingNumber, request: Request, client: Officer, session: Session, once: Idempotent, now: Now,
    key: IdempotencyKeyHeader = None,
    accept: Annotated[str | None, Header(max_length=500, description=f"`{JSON}` or `{HTML}`.")] = None,
) -> Response:  # fmt: skip
    """The sheet for the citizen whose report you typed in, with a new access code: as JSON, or as a page to print.

    Once, and the log says who had it made. Send an Idempotency-Key: with it a sheet that got lost on its way to you can
    be asked for again.
    """
    keys: Keys = request.app.state.keys
    settings: IntakeSettings = request.app.state.settings
    asked = SlipRequest(tracking_number, client, _codes(keys.secrets(KeyPurpose.ACCESS_CODES), tracking_number, key))
    if once.repeats is not None:
        _, version, slip = await service.again(session, asked, now=now)
    else:
        report, version, slip = await service.make_slip(session, asked, now=now)
        await once.remember(about=report.id)
    headers = {"ETag": etag(version)} | ({REPLAYED: "true"} if once.repeats is not None else {})
    if prefers_html(accept):
        mailbox = f"{settings.own_url}{MAILBOX}/{tracking_number}"
        return HTMLResponse(page.html(slip, mailbox), headers=headers | {"Content-Security-Policy": page.POLICY})
    return Response(slip.model_dump_json(), media_type=JSON, headers=headers)


def _codes(secrets: Sequence[str], tracking_number: str, key: str | None) -> list[str]:
    """With a key those that the same request gets again, the one of today first."""
    return [ids.new_access_code()] if key is None else [ids.code_of_slip(one, tracking_number, key) for one in secrets]
