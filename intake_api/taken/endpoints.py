from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from intake_api.reporters.parameters import AsReporter
from intake_api.taken import service
from intake_api.taken.schemas import TakenChoice, TakenOffer
from shared.database import Session
from shared.http import web
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import TrackingNumber

router = APIRouter(prefix="/v1/reports/{tracking_number}/evidence/{evidence_id}/taken", tags=["evidence"])

EvidenceId = Annotated[UUID, Path(description="The id of the evidence.")]


@router.get("", responses=web.errors_of(reads=True, extra=(409,)))
@raises(404, "unknown_evidence")
@raises(409, "evidence_not_ready")
@raises(503, "evidence_key_missing", "evidence_unreadable")
async def get_taken(
    tracking_number: TrackingNumber, evidence_id: EvidenceId, request: Request, session: Session, reporter: AsReporter,
    language: AskedLanguage,
) -> TakenOffer:  # fmt: skip
    """When and where a file of yours says that it was taken. Those who work on the report do not know it unless you
    tell them; the public never does.
    """
    keys = request.app.state.keys
    return await service.offer(session, tracking_number, evidence_id, reporter, keys=keys, language=language)


@router.put("", responses=web.errors_of(reads=True, extra=(409, 413)))
@raises(404, "unknown_evidence")
@raises(409, "evidence_not_ready", "nothing_to_tell")
@raises(503, "evidence_key_missing", "evidence_unreadable")
async def choose_what_is_told(
    tracking_number: TrackingNumber, evidence_id: EvidenceId, body: TakenChoice, request: Request, session: Session,
    reporter: AsReporter, language: AskedLanguage, now: Now,
) -> TakenOffer:  # fmt: skip
    """Tell those who work on the report when and where the file was taken, or take it back. The place of the report
    itself stays as you gave it.
    """
    keys = request.app.state.keys
    return await service.choose(
        session, tracking_number, evidence_id, reporter, body, keys=keys, language=language, now=now
    )
