from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask

from intake_api.erasure import service
from intake_api.erasure.schemas import Erasure, ErasureRequest
from intake_api.evidence.files import Files
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import TrackingNumber
from shared.log.payloads.codes import ErasureCause

router = APIRouter(prefix="/v1/reports", tags=["erasure"])

Custodian = Annotated[Client, Depends(allow(Role.IDENTITY_CUSTODIAN))]


@router.post(
    "/{tracking_number}/erasure", response_model=Erasure, responses=web.errors_of(reads=True, extra=(409, 413))
)
@raises(409, "report_is_open")
async def erase_person(
    tracking_number: TrackingNumber, body: ErasureRequest, client: Custodian, request: Request, session: Session,
    once: Idempotent, now: Now,
) -> Response:  # fmt: skip
    """Remove who reported and every word about it, for good: identity, title, body, messages, files, what was masked
    of them and what decisions quoted. The events stay, and their chain holds. Only of a report whose work has ended.
    """
    cause = ErasureCause(body.cause.value)
    done = await service.erase_report(session, tracking_number, cause=cause, actor=client.actor, now=now)
    erased_at = now if done.before is None else done.before.recorded_at
    answer = await once.computed(Erasure(tracking_number=tracking_number, erased_at=erased_at), version=done.version)
    files: Files = request.app.state.files
    answer.background = BackgroundTask(files.store.discard, done.objects)  # which runs after the commit
    return answer
