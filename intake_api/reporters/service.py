"""What a reporter does to a report. Every act is a fact in the log; routing_service decides what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.merged import queries as merged
from intake_api.reporters import access, impartial, queries
from intake_api.reporters.access import Credentials
from intake_api.reporters.schemas import Consent, Rating
from shared import ids
from shared.domain.lifecycle import OPEN, Action, Status, check, not_taken
from shared.domain.messages import MessageKind
from shared.domain.regions import province_of, regency_of, time_zone_of
from shared.errors import Conflict, TooManyRequests
from shared.http.wire import check_version
from shared.log import events, parts
from shared.log.events import Draft, Event, EventType, Head
from shared.log.payloads import Said
from shared.log.payloads.codes import Proof
from shared.log.payloads.intake import (
    ByReporter,
    ReporterAppealed,
    ReporterConsented,
    ReporterRated,
    ReporterReopened,
    ReporterReplied,
    ReporterWithdrew,
)
from shared.log.remedies import REOPENING_WINDOW, appeal_is_used_up, known_at, reopening_ends_at
from shared.schema import Message, Report

APPEAL_WORKING_DAYS = 10
DAY = timedelta(days=1)
#: Acts that can be repeated without an end; the others are stopped by the status.
_REPEATABLE = {EventType.REPORTER_REPLIED, EventType.REPORTER_CONSENTED}

#: Facts that routing_service turns into another status, wherever they are allowed at all.
_DECISIVE = {
    EventType.REPORTER_RATED,
    EventType.REPORTER_WITHDREW,
    EventType.REPORTER_REOPENED,
    EventType.REPORTER_APPEALED,
}
#: Where a reply does so, too.
_MOVED_BY_A_REPLY = {Status.ANSWERED, Status.AWAITING_REPORTER}


class _Proof(TypedDict):
    """How whoever acts for the reporter showed that they may, and whose token carried it."""

    by: Proof
    client: str | None


@dataclass(slots=True)
class Case:
    """A report whose chain is locked, and what happened to it that decides anything."""

    report: Report
    head: Head
    history: Sequence[Event]
    reporter: Credentials
    now: datetime

    @property
    def proof(self) -> _Proof:
        return {"by": self.reporter.proof, "client": self.reporter.carried_by}

    def last(self, type: EventType) -> Event | None:
        return next((event for event in reversed(self.history) if event.type is type), None)

    def pending(self) -> set[EventType]:
        """What the reporter did in the present status that is going to change it.

        A good rating closes nothing once the response was put right after it.
        """
        told = max(event.seq for event in self.history if event.placed is not None)
        since = max(event.seq for event in self.history if _moves(event))
        decisive = set(_DECISIVE)
        if self.report.status in _MOVED_BY_A_REPLY:
            decisive.add(EventType.REPORTER_REPLIED)
        void = {event.seq for event in self.history if event.seq < told and _is_content(event)}
        return {event.type for event in self.history if event.seq > since and event.seq not in void} & decisive


def _moves(event: Event) -> bool:
    return event.placed is not None and event.placed.came_from is not event.placed.status


def _is_content(event: Event) -> bool:
    rated = event.carries(ReporterRated)
    return rated is not None and not rated.poor


async def open_case(
    session: AsyncSession, tracking_number: str, credentials: Credentials, *, if_match: str | None, now: datetime
) -> Case:
    """Lock a report for its reporter. Raises NotFound, VersionMismatch."""
    report, _ = await access.find_own(session, tracking_number, credentials)
    head = await events.lock(session, report.id)
    found = await queries.find(session, tracking_number)  # again: what was read before the lock may be old
    if head is None or found is None:
        raise access.unknown(tracking_number)
    check_version(if_match, head.fact_seq)
    return Case(found[0], head, await _decisive(session, report.id), credentials, now)


async def _decisive(session: AsyncSession, report_id: UUID) -> Sequence[Event]:
    """Of replies, which may be many, only those in the present status: no other one decides anything any more."""
    without = parts.QUIET | {EventType.REPORTER_REPLIED}
    history = (await events.histories(session, [report_id], without=without))[report_id]
    since = max(event.seq for event in history if _moves(event))
    replies = await parts.of_types(session, report_id, [EventType.REPORTER_REPLIED], after=since)
    return sorted([*history, *replies], key=lambda event: event.seq)


async def reply(session: AsyncSession, case: Case, body: str, *, most_a_day: int) -> None:
    """Raises TooManyRequests, IllegalTransition, Conflict."""
    await impartial.check_word(session, case.history[0], case.reporter.client)
    if case.report.status is Status.MERGED:
        await _check_survivor(session, case)
    elif case.report.status not in OPEN:
        raise not_taken("reply", case.report.status)
    _refuse_if_withdrawn(case)
    await _refuse_beyond(session, case, most_a_day)
    said = await _say(session, case, MessageKind.REPLY, body)
    await _append(session, case, ReporterReplied(**case.proof, said=said))


async def rate(session: AsyncSession, case: Case, rating: Rating) -> None:
    await impartial.check_decision(session, case.history[0], case.reporter.client)
    _refuse_if_merged(case)
    check(Action.CONTINUE if rating.poor else Action.CLOSE, case.report.status)
    pending = case.pending()
    _refuse_if_withdrawn(case)
    if EventType.REPORTER_RATED in pending:
        raise Conflict("You have rated this answer already; say more in a reply.", code="already_rated")
    _refuse_while_pending(pending)
    said = None if rating.comment is None else await _say(session, case, MessageKind.RATING, rating.comment)
    rated = ReporterRated(**case.proof, score=rating.score, resolved=rating.resolved, poor=rating.poor, said=said)
    await _append(session, case, rated)


async def consent(session: AsyncSession, case: Case, given: Consent, *, most_a_day: int) -> None:
    await impartial.check_decision(session, case.history[0], case.reporter.client)
    if given.granted:  # refused it can be at any time
        _refuse_if_withdrawn(case)
    await _refuse_beyond(session, case, most_a_day)
    await _append(session, case, ReporterConsented(**case.proof, purpose=given.purpose, granted=given.granted))


async def _refuse_beyond(session: AsyncSession, case: Case, most_a_day: int) -> None:
    """A talk that grows without an end would stop those who have to read it."""
    first = await queries.latest_but(session, case.report.id, _REPEATABLE, number=most_a_day, since=case.now - DAY)
    if first is not None:
        wait = first + DAY - case.now
        detail = f"A report accepts {most_a_day} replies a day; send the rest later, in one reply."
        raise TooManyRequests(detail, code="too_many_replies", retry_after=ceil(wait.total_seconds()))


async def withdraw(session: AsyncSession, case: Case) -> None:
    await impartial.check_decision(session, case.history[0], case.reporter.client)
    _refuse_if_withdrawn(case)
    _refuse_if_merged(case)
    check(Action.WITHDRAW, case.report.status)
    # A reply on its way opens the report, and leaves it to be withdrawn; a good rating may close it.
    _refuse_while_pending(case.pending() & {EventType.REPORTER_RATED})
    await _append(session, case, ReporterWithdrew(**case.proof))


async def reopen(session: AsyncSession, case: Case, body: str | None) -> None:
    """Once, within 30 days of the closing."""
    await impartial.check_word(session, case.history[0], case.reporter.client)
    _refuse_if_withdrawn(case)
    check(Action.REOPEN, case.report.status)
    if case.last(EventType.REPORTER_REOPENED):
        raise Conflict("This report was reopened once before; submit a new one.", code="already_reopened")
    closed = case.last(EventType.REPORT_CLOSED)
    if closed is not None and case.now > reopening_ends_at(closed):
        raise Conflict(
            f"A report can be reopened within {REOPENING_WINDOW.days} days of its closing; submit a new one.",
            code="too_late_to_reopen",
        )
    said = None if body is None else await _say(session, case, MessageKind.REOPENING, body)
    await _append(session, case, ReporterReopened(**case.proof, said=said))


async def appeal(session: AsyncSession, case: Case, body: str | None) -> None:
    """Until the end of the tenth working day after the archiving, and until an officer has decided on one."""
    await impartial.check_word(session, case.history[0], case.reporter.client)
    _refuse_if_withdrawn(case)
    check(Action.APPEAL, case.report.status)
    if EventType.REPORTER_APPEALED in case.pending() or appeal_is_used_up(case.history):
        raise Conflict("You have appealed once before; submit a new report.", code="already_appealed")
    archived = case.last(EventType.REPORT_ARCHIVED)
    if archived is not None and await _is_too_late_to_appeal(session, case, archived):
        raise Conflict(
            f"An appeal is possible within {APPEAL_WORKING_DAYS} working days of the archiving; submit a new report.",
            code="too_late_to_appeal",
        )
    said = None if body is None else await _say(session, case, MessageKind.APPEAL, body)
    await _append(session, case, ReporterAppealed(**case.proof, said=said))


async def _is_too_late_to_appeal(session: AsyncSession, case: Case, archived: Event) -> bool:
    region = case.report.region_code
    frozen = archived.placed  # as it was then
    if frozen is not None and frozen.time_zone:
        zone, places = ZoneInfo(frozen.time_zone), (frozen.province, frozen.regency)
    else:
        zone, places = ZoneInfo(time_zone_of(region)), (province_of(region), regency_of(region))
    start = known_at(archived).astimezone(zone).date()
    last_day = await queries.working_day(session, start, APPEAL_WORKING_DAYS, places=places)
    return case.now.astimezone(zone).date() > last_day


async def _check_survivor(session: AsyncSession, case: Case) -> None:
    """What a co-reporter says is read with the report that is worked on, as long as it is."""
    trail = (await merged.trails(session, [case.report.id]))[case.report.id]
    if Status(trail[-1].status) not in OPEN:
        raise Conflict(
            "The report that yours was merged with is closed; if the trouble is still there, submit a new one.",
            code="survivor_is_closed",
        )


def _refuse_if_merged(case: Case) -> None:
    if case.report.status is Status.MERGED:
        raise Conflict(
            "Your report was merged with another one, and its reporter decides this; send a reply instead, which the "
            "agency reads.",
            code="merged",
        )


def _refuse_if_withdrawn(case: Case) -> None:
    """A withdrawal holds whatever officers and clocks do until routing_service has carried it out."""
    if case.last(EventType.REPORTER_WITHDREW):
        raise Conflict(
            "You have withdrawn this report; if the trouble is still there, submit a new one.", code="already_withdrawn"
        )


def _refuse_while_pending(pending: set[EventType]) -> None:
    """A fact on top of one that is still to change the status would be lost with the status it was meant for."""
    if pending:
        raise Conflict("Your earlier request is still being carried out; try again in a moment.", code="still_pending")


async def _say(session: AsyncSession, case: Case, kind: MessageKind, body: str) -> Said:
    """Store the reporter's words beside the log; what the event says of them."""
    message = _message(case, kind, body)
    session.add(message)
    await session.flush()
    return Said(message=message.id, kind=kind, agency=None, digest=ids.salted_digest(message.salt, body))


def _message(case: Case, kind: MessageKind, body: str) -> Message:
    message_id: UUID = ids.new_id()
    return Message(
        id=message_id,
        report_id=case.report.id,
        kind=kind.value,
        body=body,
        salt=ids.new_salt(),
        agency_code=None,
        author=case.reporter.actor,
        created_at=case.now,
    )


async def _append(session: AsyncSession, case: Case, payload: ByReporter) -> None:
    draft = Draft(payload, case.now, case.reporter.actor)
    await events.append(session, case.head, draft, recorded_at=case.now)
