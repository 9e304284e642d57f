from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from routing_service.reports import service
from routing_service.reports.schemas import IdentityRequest, IdentityView, ReportDetail, WorkItem, WorkListParams
from shared import idempotency, web
from shared.auth import CurrentClient
from shared.database import Session
from shared.idempotency import IdempotencyKeyHeader
from shared.web import Now
from shared.wire import Page, etag

router = APIRouter(prefix="/v1/reports", tags=["reports"])

#: How a report is named in a path.
Reference = Annotated[
    str, Path(alias="id", min_length=1, max_length=64, description="The report's id or tracking number.")
]


@router.get("", responses=web.errors_of())
async def list_reports(
    params: Annotated[WorkListParams, Query()], client: CurrentClient, session: Session, now: Now
) -> Page[WorkItem]:
    """The work list of whoever asks: the reports of the agencies that he answers for."""
    return await service.work_list(session, params, client, now=now)


@router.get("/{id}", responses=web.errors_of(reads=True))
async def get_report(reference: Reference, client: CurrentClient, session: Session, response: Response) -> ReportDetail:
    """One report with its events and messages, as far as the caller may see them. Never who reported."""
    report = await service.read(session, reference, client)
    response.headers["ETag"] = etag(report.version)
    return report


async def repeated(request: Request, client: CurrentClient, session: Session, key: IdempotencyKeyHeader = None) -> bool:
    """Whether this look was taken before under the same key. The answer is not kept: it is personal."""
    if key is None:
        return False
    hashed = idempotency.key_hash(client.actor, f"POST {request.url.path}", key)
    return await service.is_repeated(session, hashed, idempotency.request_hash(await request.body()))


@router.post("/{id}/identity", responses=web.errors_of(reads=True, extra=(409, 413)))
async def view_identity(
    reference: Reference,
    client: CurrentClient,
    session: Session,
    now: Now,
    response: Response,
    again: Annotated[bool, Depends(repeated, scope="function")],
    body: IdentityRequest | None = None,
) -> IdentityView:
    """Who reported. Every look is an event; the identity custodian must give a reason, which the reporter may read."""
    view, version = await service.identity(
        session, reference, body or IdentityRequest(), client, repeated=again, now=now
    )
    response.headers["ETag"] = etag(version)
    return view
