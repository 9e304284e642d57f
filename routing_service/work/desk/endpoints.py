"""What the endpoints of all actions take and answer."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi import Response as HttpResponse

from routing_service.report import rights
from routing_service.report.reading import service as reports
from routing_service.report.reading.endpoints import Reference
from routing_service.report.reading.schemas import ReportView
from routing_service.work.desk.service import Errand
from shared.clients import TO_WORK
from shared.database import Session
from shared.domain.lifecycle import Action
from shared.http.auth import WorkingClient, allow
from shared.http.idempotency import Idempotent
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import IfMatch


def taking(*actions: Action) -> Any:
    """A dependency: the roles that can have the right to one of these actions."""
    return Depends(allow(*rights.takers_of(*actions), needs=TO_WORK, later=True))


#: The same for notes and masks.
NOTING: Any = Depends(allow(*rights.roles_of(rights.NOTE_WRITERS), needs=TO_WORK, later=True))


@raises(422, "occurred_in_future", "occurred_too_early")
async def errand(reference: Reference, client: WorkingClient, now: Now, if_match: IfMatch = None) -> Errand:
    return Errand(reference, client, if_match, now)


#: For what is safe to repeat by itself.
Changing = Annotated[Errand, Depends(errand)]


@raises(409, "illegal_transition")
async def errand_once(errand: Changing, session: Session, once: Idempotent) -> Errand:
    """A repeated request gets the report as the caller may see it now, or what GET would say instead."""
    if once.repeats is not None:
        report = await reports.view(session, errand.reference, errand.client)
        raise once.again(report, version=report.version)
    return errand


Acting = Annotated[Errand, Depends(errand_once)]


async def answer_once(once: Idempotent, report: ReportView) -> HttpResponse:
    return await once.answer(report, version=report.version, about=report.id)
