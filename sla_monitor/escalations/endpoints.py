from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from shared.clients import OFFICERS, TO_WORK, Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import ReachingClient, allow
from shared.http.idempotency import Idempotent
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.escalations import service
from sla_monitor.escalations.schemas import AcknowledgementView, EscalationParams, EscalationView, Note

router = APIRouter(prefix="/v1/escalations", tags=["escalations"])


@router.get("", responses=web.errors_of())
@raises(422, "as_of_in_future", "unknown_agency")
@raises(409, "calendar_year_missing", "no_policy")
async def list_escalations(
    params: Annotated[EscalationParams, Query()], language: AskedLanguage, client: ReachingClient, session: Session,
    rules: Rules, now: Now,
) -> Page[EscalationView]:  # fmt: skip
    """Ladder steps that were carried out, and why; the newest first, of the reports the caller works on."""
    return await service.page_of_escalations(session, params, client, rules, language=language, now=now)


@router.get("/{id}", responses=web.errors_of(reads=True))
@raises(409, "calendar_year_missing", "no_policy")
async def get_escalation(
    id: Annotated[UUID, Path()], language: AskedLanguage, client: ReachingClient, session: Session, rules: Rules
) -> EscalationView:
    """One of them."""
    return await service.get_escalation(session, id, client, rules, language=language)


#: Whoever works on reports; a supervisor only reads.
Officer = Annotated[Client, Depends(allow(*OFFICERS, Role.CHANNEL, needs=TO_WORK))]


@router.post(
    "/{id}/acknowledgement",
    response_model=AcknowledgementView,
    responses=web.errors_of(reads=True, extra=(409, 413)),
)
@raises(409, "already_acknowledged", "escalation_revoked")
async def acknowledge_escalation(
    escalation_id: Annotated[UUID, Path(alias="id")],
    body: Note,
    client: Officer,
    session: Session,
    once: Idempotent,
    now: Now,
) -> Response:
    """Say that you know of an escalation and what you do about it. It is recorded; the clock runs on."""
    if once.repeats is not None:
        raise once.again(await service.acknowledgement(session, escalation_id, client))
    said = await service.acknowledge(session, escalation_id, body.note, client, now=now)
    return await once.answer(said, about=said.report_id)
