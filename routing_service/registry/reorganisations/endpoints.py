"""Agencies are renamed and merged from a day on."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from routing_service.registry.agencies.endpoints import AgencyCode
from routing_service.registry.reorganisations import service
from routing_service.registry.reorganisations.schemas import AgencyMerger, AgencyMergerView, NamesView, Renaming
from shared.database import Session
from shared.http import web
from shared.http.auth import CurrentClient, ManagingClient
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now

router = APIRouter(prefix="/v1/agencies/{code}", tags=["registry"])

_CHANGES = web.errors_of(reads=True, extra=(409, 413))


@router.get("/names", responses=web.errors_of(reads=True))
async def list_names(code: AgencyCode, _client: CurrentClient, session: Session) -> NamesView:
    """What the agency was called when. A report of an earlier day shows the name of that day."""
    return await service.names(session, code)


@router.post(
    "/names",
    status_code=HTTPStatus.CREATED,
    response_model=NamesView,
    responses=_CHANGES,
    dependencies=[makes("/v1/agencies/{code}/names")],
)
@raises(422, "agency_has_ended", "renamed_too_early", "same_name")
@raises(403, "not_any_more", "outside_of_instansi")
async def rename_agency(
    code: AgencyCode, body: Renaming, client: ManagingClient, session: Session, once: Idempotent
) -> Response:
    """A new name from a day on, past or to come. Operators; an instansi its own agencies."""
    return await once.answer(await service.rename(session, code, body, client), status=HTTPStatus.CREATED)


@router.post("/merger", response_model=AgencyMergerView, responses=_CHANGES)
@raises(409, "agency_has_units", "agency_holds_reports", "agency_merged")
@raises(422, "agency_has_ended", "inactive_agency", "merged_too_early", "successor_cycle", "unknown_agency")
@raises(403, "instansi_of_operators", "not_any_more", "outside_of_instansi")
async def merge_agency(
    code: AgencyCode, body: AgencyMerger, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """It ends in another agency from a day on. Operators; an instansi its own agencies, in one of them.

    While the day is to come, its open reports are counted; once it has come they must have been moved on (409).
    """
    return await once.answer(await service.merge(session, code, body, client, now=now))
