from uuid import UUID

from fastapi import APIRouter, Response

from routing_service.registry.officers.activity import NOTED
from routing_service.report.reading.endpoints import Reference
from routing_service.work.desk.endpoints import NOTING, Changing
from routing_service.work.masking.answers import service
from routing_service.work.masking.answers.schemas import AnswerChange, PublicAnswerView
from shared.database import Session
from shared.http import web
from shared.http.auth import WorkingClient
from shared.http.raising import raises
from shared.http.wire import etag

router = APIRouter(prefix="/v1/reports/{id}/messages/{message_id}/public-text", tags=["public texts"])


@router.get("", responses=web.errors_of(reads=True))
async def get_public_answer(
    reference: Reference, message_id: UUID, client: WorkingClient, session: Session, response: Response
) -> PublicAnswerView:
    """The public text of an official answer, and what is masked in it; for those who may read all of it."""
    view = await service.show(session, reference, message_id, client)
    response.headers["ETag"] = etag(view.version)
    return view


@router.put("", responses=web.errors_of(reads=True, extra=(412, 413)), dependencies=[NOTING, NOTED])
@raises(403, "may_not_lift")
@raises(422, "mask_outside_text", "reason_required", "too_many_masks", "unknown_mask", "words_not_found")
async def change_public_answer(
    changing: Changing, message_id: UUID, body: AnswerChange, session: Session, response: Response
) -> PublicAnswerView:
    """Mask more in an official answer; sending the same again changes nothing. The log counts masks, without words."""
    view = await service.change_public_answer(session, changing, message_id, body)
    response.headers["ETag"] = etag(view.version)
    return view
