from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from routing_service.report.reading import custody, identity, service
from routing_service.report.reading.schemas import (
    EventView,
    IdentityPermission,
    IdentityRequest,
    IdentityView,
    MergedView,
    MessageParams,
    MessageView,
    PartParams,
    ReportDetail,
    WorkItem,
    WorkListParams,
)
from routing_service.report.reading.work_list import service as work_list
from shared.clients import TO_WORK, Client, Role
from shared.database import Session
from shared.http import conditional, web
from shared.http.auth import WorkingClient, allow
from shared.http.conditional import NOT_MODIFIED, IfNoneMatch
from shared.http.idempotency import Idempotent
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import WORK_VIEW, Page
from shared.settings import RoutingSettings

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Custodian = Annotated[Client, Depends(allow(Role.IDENTITY_CUSTODIAN))]

#: How a report is named in a path.
Reference = Annotated[
    str, Path(alias="id", min_length=1, max_length=64, description="The report's id or tracking number.")
]


@router.get("", responses=web.errors_of())
@raises(422, "unknown_agency")
@raises(503, "log_behind")
async def list_reports(
    params: Annotated[WorkListParams, Query()], client: WorkingClient, session: Session, now: Now
) -> Page[WorkItem]:
    """Your work list: the reports of the agencies that you answer for."""
    return await work_list.work_list(session, params, client, now=now)


@router.get("/{id}", response_model=ReportDetail, responses=web.errors_of(reads=True) | NOT_MODIFIED)
async def get_report(
    reference: Reference, client: WorkingClient, request: Request, session: Session,
    if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """One report with its events and messages, as far as the caller may see them. Never who reported."""
    settings: RoutingSettings = request.app.state.settings
    report = await service.read_report(session, reference, client, most_returns=settings.most_returns)
    return conditional.answered(report, if_none_match, version=report.version, view=(WORK_VIEW,))


@router.get("/{id}/messages", responses=web.errors_of(reads=True))
async def list_messages(
    reference: Reference, client: WorkingClient, session: Session, params: Annotated[MessageParams, Query()]
) -> Page[MessageView]:
    """The messages of a report, newest first, as far as the caller may read them in the report itself."""
    return await service.page_of_messages(session, reference, client, params)


@router.get("/{id}/events", responses=web.errors_of(reads=True))
async def list_report_events(
    reference: Reference, client: WorkingClient, session: Session, params: Annotated[PartParams, Query()]
) -> Page[EventView]:
    """What happened to a report, newest first, for those who work on it: as in the report itself."""
    return await service.page_of_report_events(session, reference, client, params)


@router.get("/{id}/merged", responses=web.errors_of(reads=True))
async def list_merged_reports(
    reference: Reference, client: WorkingClient, session: Session, params: Annotated[PartParams, Query()]
) -> Page[MergedView]:
    """What is merged into a report, the newest receipt first, for those who work on it."""
    return await service.page_of_merged(session, reference, client, params)


@router.post("/{id}/identity", response_model=IdentityView, responses=web.errors_of(reads=True, extra=(409, 413)))
@raises(403, "reporter_is_anonymous")
@raises(409, "approval_needed")
@raises(422, "reason_required")
@raises(503, "identities_away", "identity_key_missing", "identity_unreadable")
async def view_identity(
    reference: Reference,
    client: Annotated[Client, Depends(allow(*identity.LOOKERS, needs=TO_WORK))],
    request: Request,
    session: Session,
    now: Now,
    once: Idempotent,
    body: IdentityRequest | None = None,
) -> Response:
    """Who reported. Every look is an event, also one that is repeated under its Idempotency-Key; the identity
    custodian must give a reason, which the reporter may read. Where two custodians must agree (`LAPOR_TWO_CUSTODIANS`),
    a custodian sees it once, within ten minutes after another one has approved it; else 409 `approval_needed`.
    """
    view, version = await identity.look(
        session, reference, body or IdentityRequest(), client, request.app.state.identities,
        two_custodians=request.app.state.settings.two_custodians, repeated=once.repeats is not None, now=now,
    )  # fmt: skip
    return await once.computed(view, version=version)


@router.post(
    "/{id}/identity-requests", response_model=IdentityPermission, responses=web.errors_of(reads=True, extra=(409, 413))
)
@raises(409, "two_custodians_off")
@raises(422, "reason_required")
async def ask_for_identity(
    reference: Reference, client: Custodian, request: Request, session: Session, now: Now, once: Idempotent,
    body: IdentityRequest | None = None,
) -> Response:  # fmt: skip
    """Ask another identity custodian to approve that you see who reported; the reporter may read the reason.
    Only where two custodians must agree (`LAPOR_TWO_CUSTODIANS`, off by default); elsewhere 409 `two_custodians_off`.
    """
    custody.check_on(request.app.state.settings.two_custodians)
    asked, version = await custody.ask(session, reference, body or IdentityRequest(), client, now=now)
    return await once.answer(asked, version=version)


@router.post(
    "/{id}/identity-requests/{request}/approval",
    response_model=IdentityPermission,
    responses=web.errors_of(reads=True, extra=(409,)),
)
@raises(403, "own_request")
@raises(409, "already_approved", "request_over", "two_custodians_off")
async def approve_identity_request(
    reference: Reference,
    asked: Annotated[UUID, Path(alias="request", description="The id of the request.")],
    client: Custodian,
    request: Request,
    session: Session,
    now: Now,
    once: Idempotent,
) -> Response:
    """Approve what another identity custodian asked for. They see who reported once, within ten minutes from now on.
    Only where two custodians must agree (`LAPOR_TWO_CUSTODIANS`, off by default); elsewhere 409 `two_custodians_off`.
    """
    custody.check_on(request.app.state.settings.two_custodians)
    approved, version = await custody.approve(session, reference, asked, client, now=now)
    return await once.answer(approved, version=version)
