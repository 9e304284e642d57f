from typing import Annotated

from fastapi import APIRouter, Depends, Query

from routing_service.report.readers import service
from routing_service.report.readers.schemas import ReaderView
from routing_service.report.reading.endpoints import Reference
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.wire import Page, PageParams

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Custodian = Annotated[Client, Depends(allow(Role.IDENTITY_CUSTODIAN))]


@router.get("/{id}/readers", responses=web.errors_of(reads=True))
async def list_readers(
    reference: Reference, _client: Custodian, session: Session, params: Annotated[PageParams, Query()]
) -> Page[ReaderView]:
    """Who has read this report, one by one and the newest first: for the identity custodian."""
    return await service.page_of_readers(session, reference, params)
