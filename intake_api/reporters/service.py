"""What a reporter does to a report. Every act is a fact in the log; routing_service decides what follows from it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reporters import possible
from intake_api.reporters.case import LockedSituation
from intake_api.reporters.schemas import Consent, Rating, ReporterAction
from shared import ids
from shared.domain.messages import MessageKind
from shared.log import events
from shared.log.events import Draft
from shared.log.payloads import Said
from shared.log.payloads.intake import (
    ByReporter,
    ReporterAppealed,
    ReporterConsented,
    ReporterRated,
    ReporterReopened,
    ReporterReplied,
    ReporterWithdrew,
)
from shared.schema import Message


async def reply(session: AsyncSession, case: LockedSituation, body: str) -> None:
    """Like every act, raises what `possible.require` does."""
    await possible.require(session, case, ReporterAction.REPLY)
    said = await _say(session, case, MessageKind.REPLY, body)
    await _append(session, case, ReporterReplied(**case.asking.proof, said=said))


async def rate(session: AsyncSession, case: LockedSituation, rating: Rating) -> None:
    await possible.require(session, case, ReporterAction.RATE)
    said = None if rating.comment is None else await _say(session, case, MessageKind.RATING, rating.comment)
    proof = case.asking.proof
    rated = ReporterRated(**proof, score=rating.score, resolved=rating.resolved, poor=rating.poor, said=said)
    await _append(session, case, rated)


async def consent(session: AsyncSession, case: LockedSituation, given: Consent) -> None:
    await possible.require(session, case, ReporterAction.CONSENT)
    if given.granted:
        possible.refuse_if_withdrawn(case)
    answer = ReporterConsented(**case.asking.proof, purpose=given.purpose, granted=given.granted)
    await _append(session, case, answer)


async def withdraw(session: AsyncSession, case: LockedSituation) -> None:
    await possible.require(session, case, ReporterAction.WITHDRAW)
    await _append(session, case, ReporterWithdrew(**case.asking.proof))


async def reopen(session: AsyncSession, case: LockedSituation, body: str | None) -> None:
    await possible.require(session, case, ReporterAction.REOPEN)
    said = None if body is None else await _say(session, case, MessageKind.REOPENING, body)
    await _append(session, case, ReporterReopened(**case.asking.proof, said=said))


async def appeal(session: AsyncSession, case: LockedSituation, body: str | None) -> None:
    await possible.require(session, case, ReporterAction.APPEAL)
    said = None if body is None else await _say(session, case, MessageKind.APPEAL, body)
    await _append(session, case, ReporterAppealed(**case.asking.proof, said=said))


async def _say(session: AsyncSession, case: LockedSituation, kind: MessageKind, body: str) -> Said:
    """Store the reporter's words beside the log; what the event says of them."""
    message = _message(case, kind, body)
    session.add(message)
    await session.flush()
    return Said(message=message.id, kind=kind, agency=None, digest=ids.salted_digest(message.salt, body))


def _message(case: LockedSituation, kind: MessageKind, body: str) -> Message:
    message_id: UUID = ids.new_id()
    return Message(
        id=message_id,
        report_id=case.report.id,
        kind=kind.value,
        body=body,
        salt=ids.new_salt(),
        agency_code=None,
        author=case.asking.reporter.actor,
        created_at=case.asking.now,
    )


async def _append(session: AsyncSession, case: LockedSituation, payload: ByReporter) -> None:
    draft = Draft(payload, case.asking.now, case.asking.reporter.actor)
    await events.append(session, case.head, draft, recorded_at=case.asking.now)
