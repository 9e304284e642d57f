from typing import Annotated

from fastapi import APIRouter, Depends, Response

from intake_api.similar import service
from intake_api.similar.schemas import SimilarReports, SimilarRequest
from intake_api.submissions.checks import SUBMITTERS
from shared.clients import Client
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.languages import AskedLanguage
from shared.http.web import Now

router = APIRouter(prefix="/v1/reports", tags=["similar reports"])


@router.post("/similar", response_model=SimilarReports, responses=web.errors_of(extra=(409, 413)))
async def find_similar_reports(
    body: SimilarRequest,
    session: Session,
    once: Idempotent,
    language: AskedLanguage,
    now: Now,
    _client: Annotated[Client, Depends(allow(*SUBMITTERS))],
) -> Response:
    """Open public reports that may be about the same thing. A citizen can support one of them instead of filing
    another. Stores nothing of what is sent.
    """
    return await once.computed(await service.similar_reports(session, body, language=language, now=now))
