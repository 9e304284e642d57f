from fastapi import APIRouter
from fastapi import Response as HttpResponse

from routing_service.registry.officers.activity import NOTED
from routing_service.report.reading.endpoints import Reference
from routing_service.report.reading.schemas import ReportView
from routing_service.work.desk.endpoints import NOTING, Acting, answer_once
from routing_service.work.notes import service
from routing_service.work.notes.schemas import Colleagues, Note
from shared.database import Session
from shared.http import web
from shared.http.auth import WorkingClient
from shared.http.idempotency import Idempotent
from shared.http.raising import raises

router = APIRouter(prefix="/v1/reports/{id}", tags=["actions"], dependencies=[NOTED])


@router.post("/notes", response_model=ReportView, responses=web.errors_of(acts=True), dependencies=[NOTING])
@raises(422, "not_a_colleague")
async def note_on_report(acting: Acting, session: Session, once: Idempotent, body: Note) -> HttpResponse:
    """Write an internal note; neither the reporter nor the public reads it. Colleagues whom it mentions are told."""
    return await answer_once(once, await service.write_note(session, acting, body))


@router.get("/colleagues", responses=web.errors_of(reads=True), dependencies=[NOTING])
async def list_colleagues(reference: Reference, client: WorkingClient, session: Session) -> Colleagues:
    """Officers who may read this report, and whom a note on it may therefore mention."""
    return await service.list_colleagues(session, reference, client)
