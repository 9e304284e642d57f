from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from routing_service.registry.officers.activity import NOTED
from routing_service.report.reading.endpoints import Reference
from routing_service.report.reading.schemas import ReportView
from routing_service.work.desk.endpoints import NOTING, Acting, Changing, answer_once, taking
from routing_service.work.evidence import demanding, service
from routing_service.work.evidence.schemas import (
    EvidenceRequest,
    EvidenceReviewChange,
    ReportEvidence,
    ReviewedEvidence,
)
from shared.database import Session
from shared.domain.lifecycle import Action
from shared.http import web
from shared.http.auth import WorkingClient
from shared.http.idempotency import Idempotent
from shared.http.raising import raises
from shared.http.wire import etag

router = APIRouter(prefix="/v1/reports/{id}", tags=["evidence"])

EvidenceId = Annotated[UUID, Path(description="The id of the evidence.")]


@router.get("/evidence", responses=web.errors_of(reads=True))
async def list_report_evidence(
    reference: Reference, client: WorkingClient, session: Session, response: Response
) -> ReportEvidence:
    """The files of a report: what became of them, what to look at, what everybody may see of each."""
    found = await service.list_evidence(session, reference, client)
    response.headers["ETag"] = etag(found.version)
    return found


@router.put(
    "/evidence/{evidence_id}/review",
    responses=web.errors_of(reads=True, extra=(409, 412, 413)),
    dependencies=[NOTING, NOTED],
)
@raises(403, "may_not_release")
@raises(404, "unknown_evidence")
@raises(409, "evidence_not_ready", "evidence_not_usable", "illegal_transition")
@raises(422, "not_a_picture", "outside_of_picture")
async def review_report_evidence(
    changing: Changing, evidence_id: EvidenceId, body: EvidenceReviewChange, session: Session, response: Response
) -> ReviewedEvidence:
    """Release a file for everybody or withhold it, and blacken rectangles in the copy that everybody sees.

    Sending the same again changes nothing. Whoever works on the report may hide more; only a coordinator or national
    administrator shows more, and an agency does so with its own files.
    """
    reviewed = await service.review_evidence(session, changing, evidence_id, body)
    response.headers["ETag"] = etag(reviewed.version)
    return reviewed


@router.post(
    "/evidence-request",
    response_model=ReportView,
    responses=web.errors_of(acts=True),
    dependencies=[taking(Action.HOLD), NOTED],
)
@raises(403, "another_officer_decides")
@raises(409, "evidence_is_there")
async def request_evidence(
    acting: Acting, session: Session, once: Idempotent, body: EvidenceRequest | None = None
) -> Response:
    """Ask the reporter for a photo, a document or a video, with a prepared question, and wait.

    The report goes on as soon as the reporter adds a file, or replies.
    """
    return await answer_once(once, await demanding.request_evidence(session, acting, body or EvidenceRequest()))
