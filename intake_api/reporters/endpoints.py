from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from intake_api.merged import view as merged
from intake_api.reporters import access, export, service, view
from intake_api.reporters.case import LockedSituation, open_case
from intake_api.reporters.parameters import AskedBy, AsReporter, credentials_of_account
from intake_api.reporters.schemas import (
    Consent,
    Objection,
    OwnItem,
    OwnParams,
    OwnReport,
    PartParams,
    Rating,
    Reply,
    ReportExport,
    TimelineParams,
)
from intake_api.submissions.schemas import ReporterReference
from intake_api.timeline import service as timeline
from intake_api.timeline.schemas import Deadline, TimelineEntry
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import OWN_VIEW, IfMatch, Page, TrackingNumber
from shared.keys.purposes import KeyPurpose
from shared.log.own_feed import Matter
from shared.schema import Report

router = APIRouter(prefix="/v1", tags=["reporters"])

Endpoint = Callable[..., Coroutine[Any, Any, Response]]


@router.get("/reporters/{reporter_reference}/reports", responses=web.errors_of())
async def list_own_reports(
    reporter_reference: Annotated[ReporterReference, Path()],
    request: Request,
    session: Session,
    client: Annotated[Client, Depends(allow(Role.REPORTER_APP))],
    language: AskedLanguage,
    params: Annotated[OwnParams, Query()],
) -> Page[OwnItem]:
    """The reports that an account of the app has submitted ("Laporan Saya"), newest first."""
    credentials = credentials_of_account(request, client, reporter_reference)
    return await view.own_reports(session, credentials, params, language=language)


#: With the access code it takes no token.
_BY_CODE: dict[str, Any] = {"responses": web.errors_of(reads=True)}


@router.get("/reports/{tracking_number}/timeline", **_BY_CODE)
async def list_timeline(
    tracking_number: TrackingNumber, session: Session, reporter: AsReporter, language: AskedLanguage,
    params: Annotated[TimelineParams, Query()],
) -> Page[TimelineEntry]:  # fmt: skip
    """What happened to a report, newest first, for its reporter: as in the report itself, but without what was said,
    which is in its messages. `of=merged`: what happened to the report that it was merged into."""
    report, _ = await access.find_own(session, tracking_number, reporter)
    tell = timeline.page_of_timeline if params.of is Matter.REPORT else merged.timeline
    return await tell(session, report, params, secrets=reporter.keys.secrets(KeyPurpose.CURSORS), language=language)


@router.get("/reports/{tracking_number}/deadlines", **_BY_CODE)
async def list_deadlines(
    tracking_number: TrackingNumber, session: Session, reporter: AsReporter, language: AskedLanguage, now: Now,
    params: Annotated[PartParams, Query()],
) -> Page[Deadline]:  # fmt: skip
    """The deadlines of a report, those opened last first, for its reporter: as in the report itself."""
    report, _ = await access.find_own(session, tracking_number, reporter)
    return await timeline.deadlines(
        session, report, params, secrets=reporter.keys.secrets(KeyPurpose.CURSORS), language=language, now=now
    )


@router.get(
    "/reports/{tracking_number}/receipt",
    response_class=Response,
    responses=web.errors_of(reads=True)
    | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "A c2sp.org/tlog-proof@v1."}},
)
@raises(404, "no_receipt_yet")
async def get_receipt(tracking_number: TrackingNumber, session: Session, reporter: AsReporter) -> Response:
    """Proof that a report is in the transparency log, and how far its history went, for its reporter to keep.

    `lapor verify` checks the file years later, without asking anybody. It holds no personal data. 404
    `no_receipt_yet`: the next checkpoint, at most an hour away, puts the report into the log.
    """
    report, _ = await access.find_own(session, tracking_number, reporter)
    proof = await export.receipt(session, report)
    headers = {
        "Content-Disposition": f'attachment; filename="{report.tracking_number}.tlog-proof"',
        "Cache-Control": "no-store",
    }
    return Response(proof, media_type=export.RECEIPT, headers=headers)


@router.get("/reports/{tracking_number}/export", response_model=ReportExport, **_BY_CODE)
@raises(503, "identity_key_missing", "identity_unreadable")
async def export_report(
    tracking_number: TrackingNumber, session: Session, asking: AskedBy, language: AskedLanguage
) -> ReportExport:
    """Everything that is kept about a report and its reporter, for its reporter, in one document."""
    report, version = await access.find_own(session, tracking_number, asking.reporter)
    return await export.export(session, report, version, asking, language=language)


@raises(403, "not_impartial")
@raises(409, "illegal_transition", "merged", "still_pending", "already_withdrawn", "erased")
@raises(503, "identity_key_missing", "identity_unreadable")
@dataclass(slots=True)
class ReportersAct:
    """What every act of a reporter needs: it opens the case and answers with the report as the act leaves it."""

    tracking_number: TrackingNumber
    once: Idempotent
    session: Session
    asking: AskedBy
    language: AskedLanguage
    if_match: IfMatch = None

    async def case(self) -> LockedSituation:
        """Raises the answer to a repeated request: the report as it is now."""
        if self.once.repeats is not None:
            report, version = await access.find_own(self.session, self.tracking_number, self.asking.reporter)
            raise self.once.again(await self._view(report, version), version=version, view=(OWN_VIEW, self.language))
        return await open_case(self.session, self.tracking_number, self.asking, if_match=self.if_match)

    async def answer(self, case: LockedSituation, act: Awaitable[None]) -> Response:
        await act
        version = case.head.fact_seq
        report = await self._view(case.report, version)
        return await self.once.answer(report, version=version, about=case.report.id, view=(OWN_VIEW, self.language))

    async def _view(self, report: Report, version: int) -> OwnReport:
        return await view.own_report(self.session, report, version, self.asking, language=self.language)


AtDesk = Annotated[ReportersAct, Depends()]


def act(name: str) -> Callable[[Endpoint], Endpoint]:
    """A POST on a report; with the access code it takes no token."""
    return router.post(
        f"/reports/{{tracking_number}}/{name}",
        response_model=OwnReport,
        responses=web.errors_of(acts=True),
    )


@act("replies")
@raises(409, "survivor_is_closed")
@raises(429, "too_many_replies")
async def reply_to_report(body: Reply, desk: AtDesk) -> Response:
    """Say something more, or answer a question of the agency."""
    case = await desk.case()
    return await desk.answer(case, service.reply(desk.session, case, body.body))


@act("ratings")
@raises(409, "already_rated")
async def rate_answer(body: Rating, desk: AtDesk) -> Response:
    """Judge the final response. A poor rating (1 or 2, or not resolved) sends the report back to the agency."""
    case = await desk.case()
    return await desk.answer(case, service.rate(desk.session, case, body))


@act("consents")
@raises(429, "too_many_replies")
async def give_consent(body: Consent, desk: AtDesk) -> Response:
    """Allow or refuse that the Ombudsman takes the case over."""
    case = await desk.case()
    return await desk.answer(case, service.consent(desk.session, case, body))


@act("withdrawal")
async def withdraw_report(desk: AtDesk) -> Response:
    """Take the report back for good. Its status follows in a moment; until then the answer says so in `pending`."""
    case = await desk.case()
    return await desk.answer(case, service.withdraw(desk.session, case))


@act("reopening")
@raises(409, "already_reopened", "too_late_to_reopen")
async def reopen_report(desk: AtDesk, body: Objection | None = None) -> Response:
    """Ask that work on a closed report begins again: once, within 30 days."""
    case = await desk.case()
    return await desk.answer(case, service.reopen(desk.session, case, body.body if body else None))


@act("appeal")
@raises(409, "already_appealed", "too_late_to_appeal")
async def appeal_archiving(desk: AtDesk, body: Objection | None = None) -> Response:
    """Object to an archiving: once, within 10 working days; another officer decides."""
    case = await desk.case()
    return await desk.answer(case, service.appeal(desk.session, case, body.body if body else None))
