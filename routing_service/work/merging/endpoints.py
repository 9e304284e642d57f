from fastapi import APIRouter
from fastapi import Response as HttpResponse

from routing_service.registry.officers.activity import NOTED
from routing_service.report.reading.endpoints import Reference
from routing_service.report.reading.schemas import ReportView
from routing_service.work.desk.endpoints import Acting, answer_once, taking
from routing_service.work.merging import service, similar
from routing_service.work.merging.schemas import Merger, Parting, SimilarReports
from shared.database import Session
from shared.domain.lifecycle import Action
from shared.http import web
from shared.http.auth import WorkingClient
from shared.http.idempotency import Idempotent
from shared.http.raising import raises

router = APIRouter(prefix="/v1/reports/{id}", tags=["merging"], dependencies=[NOTED])


@router.post(
    "/merge", response_model=ReportView, responses=web.errors_of(acts=True), dependencies=[taking(Action.MERGE)]
)
@raises(403, "another_officer_decides", "outside_subtree")
@raises(409, "survivor_not_open", "withdrawal_pending")
@raises(422, "public_into_secret", "same_report", "secret_into_public", "survivor_is_younger", "unknown_report")
async def merge_report(acting: Acting, session: Session, once: Idempotent, body: Merger) -> HttpResponse:
    """Merge this report into an older one about the same thing. From now on the older one is worked on; both
    reporters are told.

    Every clock of this report ends; those of the older one run on.
    """
    return await answer_once(once, await service.merge(session, acting, body))


@router.post(
    "/unmerge", response_model=ReportView, responses=web.errors_of(acts=True), dependencies=[taking(Action.UNMERGE)]
)
@raises(409, "merged_meanwhile")
async def unmerge_report(
    acting: Acting, session: Session, once: Idempotent, body: Parting | None = None
) -> HttpResponse:
    """Take a merge back: the report returns to where it was, and its deadlines count as if it had not been merged."""
    return await answer_once(once, await service.unmerge(session, acting, body or Parting()))


@router.get("/similar", responses=web.errors_of(reads=True))
async def find_similar_reports(reference: Reference, client: WorkingClient, session: Session) -> SimilarReports:
    """Open reports that may be about the same thing, each with its score and the parts of it.

    Of reports that the caller does not work on, only the public part is shown.
    """
    return await similar.merge_candidates(session, reference, client)
