from fastapi import APIRouter, Response

from routing_service.registry.officers.activity import NOTED
from routing_service.report.reading.endpoints import Reference
from routing_service.work.desk.endpoints import NOTING, Changing
from routing_service.work.masking import service
from routing_service.work.masking.schemas import MaskChange, PublicTextView
from shared.database import Session
from shared.http import web
from shared.http.auth import WorkingClient
from shared.http.raising import raises
from shared.http.wire import etag

router = APIRouter(prefix="/v1/reports/{id}/public-text", tags=["public texts"])


@router.get("", responses=web.errors_of(reads=True))
async def get_public_text(
    reference: Reference, client: WorkingClient, session: Session, response: Response
) -> PublicTextView:
    """The public text of a report, and what is masked in it; for those who may read the original."""
    view = await service.show(session, reference, client)
    response.headers["ETag"] = etag(view.version)
    return view


@router.put("", responses=web.errors_of(reads=True, extra=(412, 413)), dependencies=[NOTING, NOTED])
@raises(403, "may_not_lift")
@raises(422, "mask_outside_text", "reason_required", "too_many_masks", "unknown_mask", "words_not_found")
async def change_public_text(
    acting: Changing, body: MaskChange, session: Session, response: Response
) -> PublicTextView:
    """Mask more; sending the same again changes nothing. The log counts masks and knows no words."""
    view = await service.change_public_text(session, acting, body)
    response.headers["ETag"] = etag(view.version)
    return view
