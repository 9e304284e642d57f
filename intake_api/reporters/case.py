"""A report as its reporter stands to it: what happened to it that decides what may be asked for now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reporters import access, queries
from intake_api.reporters.access import Credentials
from intake_api.reporters.schemas import PendingRequest
from shared.domain.lifecycle import Status
from shared.http.wire import check_version
from shared.log import events, parts
from shared.log.events import Event, EventType, Head
from shared.log.payloads.codes import Proof
from shared.log.payloads.intake import ReporterRated, ReportReceived
from shared.log.remedies import accepted_withdrawal
from shared.schema import Report

#: Facts that routing_service turns into another status, wherever they are allowed at all.
_DECISIVE = {
    EventType.REPORTER_RATED,
    EventType.REPORTER_WITHDREW,
    EventType.REPORTER_REOPENED,
    EventType.REPORTER_APPEALED,
}
#: Where a reply does so, too.
_MOVED_BY_A_REPLY = {Status.ANSWERED, Status.AWAITING_REPORTER}
_CALLED = {
    EventType.REPORTER_REPLIED: PendingRequest.REPLY,
    EventType.REPORTER_RATED: PendingRequest.RATING,
    EventType.REPORTER_REOPENED: PendingRequest.REOPENING,
    EventType.REPORTER_APPEALED: PendingRequest.APPEAL,
}


class _Proof(TypedDict):
    """How whoever acts for the reporter showed that they may, and whose token carried it."""

    by: Proof
    client: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks as the reporter, when, and how much a day they may say."""

    reporter: Credentials
    now: datetime
    most_a_day: int

    @property
    def proof(self) -> _Proof:
        return {"by": self.reporter.proof, "client": self.reporter.carried_by}


@dataclass(slots=True)
class Course:
    """`history`: of the report, what decides anything, in order."""

    report: Report
    history: Sequence[Event]

    def last(self, type: EventType) -> Event | None:
        return next((event for event in reversed(self.history) if event.type is type), None)

    def moved(self) -> Event:
        """What put the report into its present status."""
        return next(event for event in reversed(self.history) if _moves(event))

    def unanswered(self) -> list[Event]:
        """What the reporter did in the present status that is going to change it.

        A good rating closes nothing once the response was put right after it.
        """
        told = max(event.seq for event in self.history if event.placed is not None)
        since = self.moved().seq
        decisive = set(_DECISIVE)
        if self.report.status in _MOVED_BY_A_REPLY:
            decisive.add(EventType.REPORTER_REPLIED)
        return [
            event
            for event in self.history
            if event.seq > since and event.type in decisive and not (event.seq < told and _is_content(event))
        ]

    def pending(self) -> PendingRequest | None:
        """What the reporter asked for last and routing_service has not carried out yet."""
        if accepted_withdrawal(self.history) is not None:
            return None if self.report.status is Status.WITHDRAWN else PendingRequest.WITHDRAWAL
        asked = [_CALLED[event.type] for event in self.unanswered() if event.type in _CALLED]
        return asked[-1] if asked else None


@dataclass(slots=True)
class Situation(Course):
    """The same for whoever asks."""

    asking: Asking
    #: The oldest of as many words as may be said in a day, if they were; None: nobody has looked.
    first_of_too_many: tuple[datetime | None] | None = field(default=None, init=False)

    @property
    def received(self) -> Event:
        return self.history[0]

    @property
    def handed_in(self) -> bool:
        """Whether the client that asks is the one that submitted it: in that role, for that agency."""
        client, received = self.asking.reporter.client, self.received.carries(ReportReceived)
        if client is None or received is None:
            return False
        brought_by = received.gateway if received.counter is None else received.counter.agency
        return (client.actor, client.agency) == (self.received.actor, brought_by)


@dataclass(slots=True, kw_only=True)
class LockedSituation(Situation):
    """The same while the chain of the report is locked."""

    head: Head


def _moves(event: Event) -> bool:
    return event.placed is not None and event.placed.came_from is not event.placed.status


def _is_content(event: Event) -> bool:
    rated = event.carries(ReporterRated)
    return rated is not None and not rated.poor


async def pending_of(session: AsyncSession, reports: Sequence[Report]) -> dict[UUID, PendingRequest]:
    """Of which reports something is being carried out. They are few: only of these the history is read."""
    found = {}
    asked = await queries.that_were_asked_for_something(session, [report.id for report in reports])
    for report in reports:
        if report.id in asked:
            pending = Course(report, await _decisive(session, report.id)).pending()
            if pending is not None:
                found[report.id] = pending
    return found


async def situation(session: AsyncSession, report: Report, asking: Asking) -> Situation:
    return Situation(report, await _decisive(session, report.id), asking)


async def open_case(
    session: AsyncSession, tracking_number: str, asking: Asking, *, if_match: str | None
) -> LockedSituation:
    """Lock a report for its reporter. Raises NotFound, VersionMismatch."""
    report, _ = await access.find_own(session, tracking_number, asking.reporter)
    case = await lock_case(session, report, asking)
    check_version(if_match, case.head.fact_seq)
    return case


async def lock_case(session: AsyncSession, report: Report, asking: Asking) -> LockedSituation:
    """The same for whoever was found to act for its reporter. Raises NotFound."""
    head = await events.lock_head(session, report.id)
    # Again: what was read before the lock may be old.
    found = await queries.find_by_number(session, report.tracking_number)
    if head is None or found is None:
        raise access.unknown(report.tracking_number)
    return LockedSituation(found[0], await _decisive(session, report.id), asking, head=head)


async def _decisive(session: AsyncSession, report_id: UUID) -> Sequence[Event]:
    """Of replies, which may be many, only those in the present status: no other one decides anything any more."""
    without = parts.QUIET | {EventType.REPORTER_REPLIED}
    history = (await events.histories(session, [report_id], without=without))[report_id]
    since = max(event.seq for event in history if _moves(event))
    replies = await parts.of_types(session, report_id, [EventType.REPORTER_REPLIED], after=since)
    return sorted([*history, *replies], key=lambda event: event.seq)
