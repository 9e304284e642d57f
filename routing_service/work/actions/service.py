"""The actions of officers on a report: each checks what only it knows, moves the report and tells of it."""

import asyncio
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.report import case, families, queries
from routing_service.report.case import Case, corrected
from routing_service.report.possible import is_correctable
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import ReportView
from routing_service.work.actions.schemas import (
    AnswerCorrection,
    Archiving,
    Correction,
    DirectAnswer,
    Hold,
    OfficialAnswer,
    Resumption,
    Verification,
)
from routing_service.work.decisions import regions
from routing_service.work.desk.service import Desk, Errand, Named, check_another_officer, look_up, take_up
from routing_service.work.evidence import showing
from routing_service.work.masking import making
from routing_service.work.masking import service as texts
from routing_service.work.merging import service as merging
from shared.domain.lifecycle import Action, Classification, Status
from shared.domain.messages import MessageKind
from shared.domain.regions import national_day
from shared.errors import Conflict, Forbidden, IllegalTransition, Invalid
from shared.log.payloads import Said
from shared.log.payloads.codes import Cause
from shared.log.payloads.routing import (
    ReportAnswered,
    ReportArchived,
    ReportHeld,
    ReportNoted,
    ReportResponded,
    ReportResumed,
)


async def verify(session: AsyncSession, errand: Errand, body: Verification) -> ReportView:
    desk = await take_up(session, errand, Action.VERIFY, occurred_at=body.occurred_at)
    await set_verified(session, desk, body)
    return await _seen(session, desk)


async def set_verified(session: AsyncSession, desk: Desk, body: Verification) -> None:
    await check_another_officer(session, desk)
    await _set_up(session, desk, body)
    await texts.follow_title(session, desk.case, now=desk.now)
    await desk.finish(session, Action.VERIFY, tells=case.verified(desk.case))


async def _set_up(session: AsyncSession, desk: Desk, body: Verification) -> None:
    """What the verifier makes of the report."""
    case = desk.case
    for field in ("anonymous", "secret"):
        if getattr(body, field) is False and getattr(case, field):
            raise Invalid(f"{field} may be set, never taken away.", pointer=f"/{field}", code="cannot_loosen")
    await _classify(session, case, body, desk.at)
    case.anonymous = case.anonymous or bool(body.anonymous)
    case.secret = case.secret or bool(body.secret)
    case.verified_title = body.title or case.verified_title or case.title


async def _classify(session: AsyncSession, case: Case, body: Verification | Correction, at: datetime) -> None:
    if body.category is not None and body.category != case.category:
        await _check_category(session, body.category, at)
    case.classification = body.classification or case.classification
    is_complaint = case.classification is Classification.COMPLAINT
    if body.supervisory and not is_complaint:
        raise Invalid(
            "Only a complaint can be supervisory.", pointer="/supervisory", code="supervisory_needs_complaint"
        )
    given = case.supervisory if body.supervisory is None else body.supervisory
    case.supervisory = given and is_complaint
    case.category = body.category or case.category
    case.subject = body.subject or case.subject
    if body.region is not None:
        if not await registry.region_exists(session, body.region):
            raise Invalid(f"There is no region {body.region}.", pointer="/region", code="unknown_region")
        regions.set_to(case, body.region)


async def _check_category(session: AsyncSession, category: str, at: datetime) -> None:
    """Categories hold in the whole country; their days are those of its capital's zone."""
    in_force = await registry.category_in_force(session, category, national_day(at))
    if in_force is None:
        raise Invalid(f"There is no category {category}.", pointer="/category", code="unknown_category")
    if not in_force:
        detail = f"The category {category} is out of service; choose another one."
        raise Invalid(detail, pointer="/category", code="inactive_category")


async def correct(session: AsyncSession, errand: Errand, body: Correction, named: Named) -> Desk:
    """Another class, after verification. The status stays; the clocks that depend on the class follow it."""
    desk = await take_up(session, errand, Action.CORRECT, occurred_at=body.occurred_at, named=named)
    case = desk.case
    if not is_correctable(case.held_from):
        raise IllegalTransition(Action.CORRECT.value, Status.RECEIVED.value, instead=[Action.RESUME.value])
    await _classify(session, case, body, desk.at)
    await queries.save(session, [case], now=desk.now)
    await desk.record(session, corrected(case))
    return desk


async def hold(session: AsyncSession, errand: Errand, body: Hold) -> ReportView:
    desk = await take_up(session, errand, Action.HOLD, occurred_at=body.occurred_at)
    await check_another_officer(session, desk)
    said = await desk.say(session, MessageKind.QUESTION, body.question)
    await desk.finish(session, Action.HOLD, tells=partial(ReportHeld, said=said))
    return await _seen(session, desk)


async def resume(session: AsyncSession, errand: Errand, body: Resumption) -> ReportView:
    desk = await take_up(session, errand, Action.RESUME, occurred_at=body.occurred_at)
    await desk.finish(session, Action.RESUME, tells=partial(ReportResumed, cause=Cause.OFFICER))
    return await _seen(session, desk)


async def archive(session: AsyncSession, errand: Errand, body: Archiving) -> ReportView:
    named = await look_up(session, errand)
    family = await families.open_family(session, named.id)
    desk = await take_up(
        session, errand, Action.ARCHIVE, occurred_at=body.occurred_at, named=named, files=family or None
    )
    await check_another_officer(session, desk)
    await merging.release(session, desk, family, cause=Cause.ARCHIVED)
    said = await _why(session, desk, body)
    archived = partial(ReportArchived, reason=body.reason, cause=Cause.OFFICER, said=said)
    await desk.finish(session, Action.ARCHIVE, tells=archived)
    return await _seen(session, desk)


async def _why(session: AsyncSession, desk: Desk, body: Archiving) -> Said | None:
    """An event tells of one message: of the explanation, and the note has its own; else of the note."""
    if body.explanation is not None:
        if body.note is not None:
            noted = await desk.say(session, MessageKind.NOTE, body.note)
            await desk.record(session, ReportNoted(said=noted))
        return await desk.say(session, MessageKind.EXPLANATION, body.explanation)
    return None if body.note is None else await desk.say(session, MessageKind.NOTE, body.note)


async def respond(session: AsyncSession, errand: Errand, body: OfficialAnswer) -> ReportView:
    action = Action.RESPOND_FINAL if body.final else Action.RESPOND
    public = await asyncio.to_thread(making.public, body.body)  # before the lock
    desk = await take_up(session, errand, action, occurred_at=body.occurred_at)
    kind = MessageKind.FINAL_RESPONSE if body.final else MessageKind.RESPONSE
    said = await desk.say(session, kind, body.body, public=public)
    await showing.show_with_answer(session, desk, said.message, body.evidence, release=body.release_evidence)
    tells = partial(ReportAnswered, said=said, direct=False) if body.final else partial(ReportResponded, said=said)
    await desk.finish(session, action, tells=tells)
    return await _seen(session, desk)


async def answer(session: AsyncSession, errand: Errand, body: DirectAnswer) -> ReportView:
    public = await asyncio.to_thread(making.public, body.body)
    desk = await take_up(session, errand, Action.ANSWER, occurred_at=body.occurred_at)
    said = await desk.say(session, MessageKind.FINAL_RESPONSE, body.body, public=public)
    await showing.show_with_answer(session, desk, said.message, body.evidence, release=body.release_evidence)
    await desk.finish(session, Action.ANSWER, tells=partial(ReportAnswered, said=said, direct=True))
    return await _seen(session, desk)


async def put_right(session: AsyncSession, errand: Errand, body: AnswerCorrection) -> ReportView:
    """A later response that names the one it corrects. Both stay; the reporter has time anew to react."""
    public = await asyncio.to_thread(making.public, body.body)
    desk = await take_up(session, errand, Action.PUT_RIGHT, occurred_at=body.occurred_at)
    await _check_wrong(session, desk, body.message)
    said = await desk.say(session, MessageKind.FINAL_RESPONSE, body.body, public=public, corrects=body.message)
    await showing.show_with_answer(session, desk, said.message, body.evidence, release=body.release_evidence)
    await desk.finish(session, Action.PUT_RIGHT, tells=partial(ReportResponded, said=said, corrects=body.message))
    return await _seen(session, desk)


async def _check_wrong(session: AsyncSession, desk: Desk, message_id: UUID) -> None:
    """The response that is corrected: an official one of the same agency, and the latest of its kind."""
    found = await queries.response(session, desk.case.id, message_id)
    if found is None:
        raise Invalid(
            "This report has no official response with this id; `messages` of the report names them.",
            pointer="/message",
            code="unknown_message",
        )
    if found.agency_code != desk.speaks_for:
        raise Forbidden("Another agency gave this response; only that agency may correct it.", code="foreign_response")
    if found.corrected_by is not None:
        raise Conflict(
            f"This response was corrected before; name the later one, {found.corrected_by}, instead.",
            code="already_corrected",
        )


async def _seen(session: AsyncSession, desk: Desk) -> ReportView:
    return await reports.after_action(session, desk.case.id, desk.client, desk.tree)
