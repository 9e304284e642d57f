from typing import Annotated

from fastapi import APIRouter, Query, Response

from intake_api.reporters import access, view
from intake_api.reporters.parameters import AskedBy, AsReporter
from intake_api.reporters.schemas import MessageParams, OwnMessages, OwnReport
from intake_api.reports import service
from intake_api.reports.schemas import (
    MessagesAsSeen,
    PublicItem,
    PublicMessages,
    PublicParams,
    PublicReport,
    ReportAsSeen,
)
from shared.database import Session
from shared.http import conditional, web
from shared.http.conditional import NOT_MODIFIED, IfNoneMatch
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.wire import OWN_VIEW, Page, TrackingNumber

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.get("", responses=web.errors_of(needs_token=False))
@raises(422, "bad_near", "unknown_agency")
async def list_reports(
    session: Session, language: AskedLanguage, params: Annotated[PublicParams, Query()]
) -> Page[PublicItem]:
    """Reports that are public: forwarded or assigned, and not secret. What was written is shown with the people in it
    masked."""
    return await service.public_reports(session, params, language=language)


@router.get(
    "/{tracking_number}",
    response_model=ReportAsSeen,
    responses=web.errors_of(reads=True) | NOT_MODIFIED,
    openapi_extra={"security": [{}]},  # the public has no token
)
@raises(503, "identity_key_missing", "identity_unreadable")
async def get_report(
    tracking_number: TrackingNumber, session: Session, asking: AskedBy, language: AskedLanguage,
    if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """Where a report stands. With `X-Access-Code` (or the app's token and `X-Reporter-Reference`): all of it, as its
    own reporter sees it, with what may be done now. A wrong code is answered like a number that does not exist.
    """
    found: PublicReport | OwnReport
    if asking.reporter.given:
        shown = OWN_VIEW
        report, version = await access.find_own(session, tracking_number, asking.reporter)
        found = await view.own_report(session, report, version, asking, language=language)
    else:
        shown = "public"
        found = await service.public_report(session, tracking_number, language=language)
    return conditional.answered(found, if_none_match, version=found.version, view=(shown, language))


@router.get(
    "/{tracking_number}/messages",
    response_model=MessagesAsSeen,
    responses=web.errors_of(reads=True),
    openapi_extra={"security": [{}]},
)
async def list_messages(
    tracking_number: TrackingNumber,
    session: Session,
    reporter: AsReporter,
    params: Annotated[MessageParams, Query()],
) -> Response:
    """The messages of a report, newest first. Its reporter gets all that was said to them and
    by them, everybody else the official answers, as they stand in the report itself.
    """
    found: OwnMessages | PublicMessages
    if reporter.given:
        report, _ = await access.find_own(session, tracking_number, reporter)
        found = await view.own_messages(session, report, params)
    else:
        found = await service.public_responses(session, tracking_number, params)
    return Response(found.model_dump_json(), media_type="application/json")
