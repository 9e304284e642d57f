from fastapi import APIRouter
from fastapi import Response as HttpResponse

from routing_service.registry.officers.activity import NOTED
from routing_service.report.reading.schemas import ReportView
from routing_service.work.actions import sending, service
from routing_service.work.actions.schemas import (
    AnswerCorrection,
    Archiving,
    Assignment,
    CorrectedView,
    Correction,
    DirectAnswer,
    Disposition,
    Forwarding,
    Hold,
    OfficialAnswer,
    Resumption,
    Return,
    Verification,
)
from routing_service.work.decisions.endpoints import Advises
from routing_service.work.desk.endpoints import Acting, answer_once, taking
from shared.database import Session
from shared.domain.lifecycle import Action
from shared.http import web
from shared.http.idempotency import Idempotent
from shared.http.languages import AskedLanguage
from shared.http.raising import raises

router = APIRouter(
    prefix="/v1/reports/{id}", tags=["actions"], responses=web.errors_of(acts=True), dependencies=[NOTED]
)


@router.post("/verification", response_model=ReportView, dependencies=[taking(Action.VERIFY)])
@raises(403, "another_officer_decides")
@raises(422, "cannot_loosen", "inactive_category", "supervisory_needs_complaint", "unknown_category", "unknown_region")
async def verify_report(
    acting: Acting, session: Session, once: Idempotent, body: Verification | None = None
) -> HttpResponse:
    """It is clear, complete and in scope: set title, class and category."""
    return await answer_once(once, await service.verify(session, acting, body or Verification()))


@router.post("/correction", response_model=CorrectedView, dependencies=[taking(Action.CORRECT)])
@raises(422, "inactive_category", "supervisory_needs_complaint", "unknown_category", "unknown_region")
async def correct_report(
    acting: Acting, session: Session, once: Idempotent, advises: Advises, language: AskedLanguage, body: Correction
) -> HttpResponse:
    """Another class or category after verification; the resolution clock follows it, from its original start.

    Where another agency is clearly competent for what the report is now, the answer names it; you send it there.
    """
    return await answer_once(once, await sending.correct(session, acting, body, advises, language))


@router.post("/forwarding", response_model=ReportView, dependencies=[taking(Action.FORWARD)])
@raises(409, "ring_must_keep")
@raises(422, "inactive_agency", "not_an_instansi", "same_agency", "unknown_agency")
async def forward_report(
    acting: Acting, session: Session, once: Idempotent, advises: Advises, body: Forwarding
) -> HttpResponse:
    """Hand the report to the coordinator of another instansi."""
    return await answer_once(once, await sending.forward(session, acting, body, advises))


@router.post("/disposition", response_model=ReportView, dependencies=[taking(Action.DISPOSE)])
@raises(403, "another_officer_decides", "outside_subtree")
@raises(
    422,
    "cannot_loosen",
    "inactive_agency",
    "inactive_category",
    "same_agency",
    "supervisory_needs_complaint",
    "unknown_agency",
    "unknown_category",
    "unknown_region",
)
async def dispose_report(
    acting: Acting, session: Session, once: Idempotent, advises: Advises, body: Disposition
) -> HttpResponse:
    """Assign it to the agency that will answer.

    A report that is not verified yet is, if you name a field of a verification, such as its category: both at once, or
    neither. What was verified before is put right by a correction.
    """
    return await answer_once(once, await sending.dispose(session, acting, body, advises))


@router.post("/redirection", response_model=ReportView, dependencies=[taking(Action.REDIRECT)])
@raises(403, "outside_subtree")
@raises(422, "inactive_agency", "same_agency", "unknown_agency")
async def redirect_report(
    acting: Acting, session: Session, once: Idempotent, advises: Advises, body: Assignment
) -> HttpResponse:
    """Assign it to another agency of the same instansi."""
    return await answer_once(once, await sending.redirect(session, acting, body, advises))


@router.post("/returns", response_model=ReportView, dependencies=[taking(Action.RETURN)])
@raises(409, "ring_must_keep")
@raises(422, "same_agency", "unknown_agency")
async def return_report(
    acting: Acting, session: Session, once: Idempotent, advises: Advises, body: Return
) -> HttpResponse:
    """Not our authority: back to the coordinator, or from there to the national administrator."""
    return await answer_once(once, await sending.give_back(session, acting, body, advises))


@router.post("/hold", response_model=ReportView, dependencies=[taking(Action.HOLD)])
@raises(403, "another_officer_decides")
async def hold_report(acting: Acting, session: Session, once: Idempotent, body: Hold) -> HttpResponse:
    """Ask the reporter, and wait."""
    return await answer_once(once, await service.hold(session, acting, body))


@router.post("/resumption", response_model=ReportView, dependencies=[taking(Action.RESUME)])
async def resume_report(
    acting: Acting, session: Session, once: Idempotent, body: Resumption | None = None
) -> HttpResponse:
    """Go on without the reporter's reply."""
    return await answer_once(once, await service.resume(session, acting, body or Resumption()))


@router.post("/archive", response_model=ReportView, dependencies=[taking(Action.ARCHIVE)])
@raises(403, "another_officer_decides")
@raises(409, "merged_meanwhile")
async def archive_report(acting: Acting, session: Session, once: Idempotent, body: Archiving) -> HttpResponse:
    """Refuse the report, with a reason and an explanation that the reporter reads. The reporter may object."""
    return await answer_once(once, await service.archive(session, acting, body))


@router.post("/responses", response_model=ReportView, dependencies=[taking(Action.RESPOND, Action.RESPOND_FINAL)])
@raises(409, "evidence_not_usable")
@raises(422, "foreign_evidence", "unknown_evidence")
async def respond_to_report(acting: Acting, session: Session, once: Idempotent, body: OfficialAnswer) -> HttpResponse:
    """What the agency answers; the reporter and, unless it is secret, the public read it."""
    return await answer_once(once, await service.respond(session, acting, body))


@router.post("/answer", response_model=ReportView, dependencies=[taking(Action.ANSWER)])
@raises(409, "evidence_not_usable")
@raises(422, "foreign_evidence", "unknown_evidence")
async def answer_report(acting: Acting, session: Session, once: Idempotent, body: DirectAnswer) -> HttpResponse:
    """Answer it directly, without an agency."""
    return await answer_once(once, await service.answer(session, acting, body))


@router.post("/corrections", response_model=ReportView, dependencies=[taking(Action.PUT_RIGHT)])
@raises(403, "foreign_response")
@raises(409, "already_corrected", "evidence_not_usable")
@raises(422, "foreign_evidence", "unknown_evidence", "unknown_message")
async def correct_response(acting: Acting, session: Session, once: Idempotent, body: AnswerCorrection) -> HttpResponse:
    """Put a response right while the reporter may still react to it.

    The later response names the one that was wrong. Both stay visible, the first one marked, and the reporter has ten
    working days anew. Only the agency that answered may do so, or a coordinator for it.
    """
    return await answer_once(once, await service.put_right(session, acting, body))
