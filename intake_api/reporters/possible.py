"""What a reporter may do to a report now, and until when: every act is refused by it, and the own view lists it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from math import ceil
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.merged import queries as merged
from intake_api.reporters import impartial, queries
from intake_api.reporters.case import Situation
from intake_api.reporters.schemas import PendingRequest, PossibleAction, ReporterAction
from shared.domain.lifecycle import OPEN, Action, Status, check, not_taken
from shared.domain.newer import code
from shared.domain.regions import province_of, regency_of, time_zone_of
from shared.errors import Conflict, Forbidden, IllegalTransition, TooManyRequests
from shared.log.events import Event, EventType
from shared.log.payloads.codes import Cause
from shared.log.payloads.routing import ReportClosed, ReportReopened
from shared.log.remedies import REOPENING_WINDOW, appeal_is_used_up, known_at, reopening_ends_at

APPEAL_WORKING_DAYS = 10
DAY = timedelta(days=1)
#: What nobody can do any more once silence has closed or archived the report.
_ENDED_BY_SILENCE = frozenset({ReporterAction.REPLY, ReporterAction.RATE, ReporterAction.WITHDRAW})
#: Acts that can be repeated without an end; the others are stopped by the status.
_REPEATABLE = {EventType.REPORTER_REPLIED, EventType.REPORTER_CONSENTED}


async def require(session: AsyncSession, it: Situation, act: ReporterAction) -> None:
    """Raises what stands against the act: Forbidden, Conflict, TooManyRequests, or IllegalTransition, which names
    what the reporter may do instead.
    """
    _refuse_if_erased(it)
    try:
        await _CHECKS[act](session, it)
    except IllegalTransition:
        instead = [one.value for one in await _allowed(session, it) if one is not ReporterAction.CONSENT]
        raise IllegalTransition(act.value, it.report.status.value, instead=instead, by_reporter=True) from None


async def possible(session: AsyncSession, it: Situation) -> list[PossibleAction]:
    allowed = await _allowed(session, it)
    ends_at = None
    if not _ENDED_BY_SILENCE.isdisjoint(allowed):
        ends_at = await queries.ends_by_itself_at(session, it.report.id)
    return [
        PossibleAction(action=act, until=ends_at if act in _ENDED_BY_SILENCE else await _until(session, it, act))
        for act in allowed
    ]


def _refuse_if_erased(it: Situation) -> None:
    if it.last(EventType.PERSON_ERASED) is not None:
        raise Conflict("The words of this report were erased, and nothing more is done to it.", code="erased")


async def _allowed(session: AsyncSession, it: Situation) -> list[ReporterAction]:
    if it.last(EventType.PERSON_ERASED) is not None:
        return []
    return [act for act in ReporterAction if await _is_allowed(session, it, act)]


async def _is_allowed(session: AsyncSession, it: Situation, act: ReporterAction) -> bool:
    try:
        await _CHECKS[act](session, it)
    except (Forbidden, Conflict, TooManyRequests):
        return False
    return True


async def _until(session: AsyncSession, it: Situation, act: ReporterAction) -> datetime | None:
    if act is ReporterAction.REOPEN:
        closed = it.last(EventType.REPORT_CLOSED)
        return None if closed is None else reopening_ends_at(closed)
    if act is ReporterAction.APPEAL:
        archived = it.last(EventType.REPORT_ARCHIVED)
        return None if archived is None else await _appeal_ends_at(session, it, archived)
    return None


# --- each act ------------------------------------------------------------------------------------------------


async def _may_reply(session: AsyncSession, it: Situation) -> None:
    await impartial.check_word(session, it.received, it.asking.reporter.client)
    if it.report.status is Status.MERGED:
        await _check_survivor(session, it)
    elif it.report.status not in OPEN:
        raise not_taken(ReporterAction.REPLY, it.report.status)
    refuse_if_withdrawn(it)
    await _refuse_beyond(session, it)


async def _may_rate(session: AsyncSession, it: Situation) -> None:
    await impartial.check_decision(session, it.received, it.asking.reporter.client)
    _refuse_if_merged(it)
    if it.report.status is not Status.ANSWERED and _came_of(it, Cause.RATING, EventType.REPORTER_RATED):
        raise Conflict("You have rated this answer, and the report followed; read it again.", code="already_rated")
    check(Action.CLOSE, it.report.status)
    check(Action.CONTINUE, it.report.status)
    refuse_if_withdrawn(it)
    pending = {event.type for event in it.unanswered()}
    if EventType.REPORTER_RATED in pending:
        raise Conflict("You have rated this answer already; say more in a reply.", code="already_rated")
    _refuse_while_pending(pending)


async def _may_consent(session: AsyncSession, it: Situation) -> None:
    """Refused it can be at any time; that it can be given is seen when it is."""
    await impartial.check_decision(session, it.received, it.asking.reporter.client)
    await _refuse_beyond(session, it)


async def _may_withdraw(session: AsyncSession, it: Situation) -> None:
    await impartial.check_decision(session, it.received, it.asking.reporter.client)
    if it.pending() is PendingRequest.WITHDRAWAL:
        raise Conflict("You have withdrawn this report; its status follows in a moment.", code="already_withdrawn")
    refuse_if_withdrawn(it)
    _refuse_if_merged(it)
    check(Action.WITHDRAW, it.report.status)
    # A reply on its way opens the report, and leaves it to be withdrawn; a good rating may close it.
    _refuse_while_pending({event.type for event in it.unanswered()} & {EventType.REPORTER_RATED})


async def _may_reopen(session: AsyncSession, it: Situation) -> None:
    """Once, within 30 days of the closing."""
    await impartial.check_word(session, it.received, it.asking.reporter.client)
    refuse_if_withdrawn(it)
    if it.report.status is not Status.CLOSED and _came_of(it, Cause.REOPENING, EventType.REPORTER_REOPENED):
        raise Conflict("This report was reopened as you asked; say more in a reply.", code="already_reopened")
    check(Action.REOPEN, it.report.status)
    if it.pending() is PendingRequest.REOPENING:
        raise Conflict("You have asked to reopen this report; that is done in a moment.", code="already_reopened")
    if it.last(EventType.REPORTER_REOPENED):
        raise Conflict("This report was reopened once before; submit a new one.", code="already_reopened")
    closed = it.last(EventType.REPORT_CLOSED)
    if closed is not None and it.asking.now > reopening_ends_at(closed):
        raise Conflict(
            f"A report can be reopened within {REOPENING_WINDOW.days} days of its closing; submit a new one.",
            code="too_late_to_reopen",
        )


async def _may_appeal(session: AsyncSession, it: Situation) -> None:
    """Until the end of the tenth working day after the archiving, and until an officer has decided on one."""
    await impartial.check_word(session, it.received, it.asking.reporter.client)
    refuse_if_withdrawn(it)
    if it.moved().type is EventType.REPORT_APPEALED:
        raise Conflict("Your appeal was taken up; say more in a reply.", code="already_appealed")
    check(Action.APPEAL, it.report.status)
    if it.pending() is PendingRequest.APPEAL:
        raise Conflict("You have appealed; the report is taken up again in a moment.", code="already_appealed")
    if appeal_is_used_up(it.history):
        raise Conflict("You have appealed once before; submit a new report.", code="already_appealed")
    archived = it.last(EventType.REPORT_ARCHIVED)
    if archived is not None and it.asking.now >= await _appeal_ends_at(session, it, archived):
        raise Conflict(
            f"An appeal is possible within {APPEAL_WORKING_DAYS} working days of the archiving; submit a new report.",
            code="too_late_to_appeal",
        )


_CHECKS: Mapping[ReporterAction, Callable[[AsyncSession, Situation], Awaitable[None]]] = MappingProxyType(
    {
        ReporterAction.REPLY: _may_reply,
        ReporterAction.RATE: _may_rate,
        ReporterAction.CONSENT: _may_consent,
        ReporterAction.WITHDRAW: _may_withdraw,
        ReporterAction.REOPEN: _may_reopen,
        ReporterAction.APPEAL: _may_appeal,
    }
)


# --- what several of them ask --------------------------------------------------------------------------------


def _came_of(it: Situation, cause: Cause, asked: EventType) -> bool:
    """Whether the present status is what the reporter asked for so."""
    moved = it.moved()
    told = moved.carries(ReportClosed) or moved.carries(ReportReopened)
    return told is not None and told.cause is cause and it.last(asked) is not None


async def _refuse_beyond(session: AsyncSession, it: Situation) -> None:
    """A talk that grows without an end would stop those who have to read it."""
    now, most = it.asking.now, it.asking.most_a_day
    if it.first_of_too_many is None:  # asked for once, though two acts depend on it
        first = await queries.latest_but(session, it.report.id, _REPEATABLE, number=most, since=now - DAY)
        it.first_of_too_many = (first,)
    (first,) = it.first_of_too_many
    if first is not None:
        wait = first + DAY - now
        detail = f"A report accepts {most} replies a day; send the rest later, in one reply."
        raise TooManyRequests(detail, code="too_many_replies", retry_after=ceil(wait.total_seconds()))


async def _appeal_ends_at(session: AsyncSession, it: Situation, archived: Event) -> datetime:
    """The end of the last day."""
    region = it.report.region_code
    frozen = archived.placed  # as it was then
    if frozen is not None and frozen.time_zone:
        zone, places = ZoneInfo(frozen.time_zone), (frozen.province, frozen.regency)
    else:
        zone, places = ZoneInfo(time_zone_of(region)), (province_of(region), regency_of(region))
    start = known_at(archived).astimezone(zone).date()
    last_day = await queries.working_day(session, start, APPEAL_WORKING_DAYS, places=places)
    return datetime.combine(last_day + DAY, time(), zone).astimezone(UTC)


async def _check_survivor(session: AsyncSession, it: Situation) -> None:
    """What a co-reporter says is read with the report that is worked on, as long as it is."""
    trail = (await merged.trails(session, [it.report.id]))[it.report.id]
    if code(Status, trail[-1].status) not in OPEN:
        raise Conflict(
            "The report that yours was merged with is closed; if the trouble is still there, submit a new one.",
            code="survivor_is_closed",
        )


def _refuse_if_merged(it: Situation) -> None:
    if it.report.status is Status.MERGED:
        raise Conflict(
            "Your report was merged with another one, and its reporter decides this; send a reply instead, which the "
            "agency reads.",
            code="merged",
        )


def refuse_if_withdrawn(it: Situation) -> None:
    """A withdrawal holds whatever officers and clocks do until routing_service has carried it out."""
    if it.last(EventType.REPORTER_WITHDREW):
        raise Conflict(
            "You have withdrawn this report; if the trouble is still there, submit a new one.", code="already_withdrawn"
        )


def _refuse_while_pending(pending: set[EventType]) -> None:
    """A fact on top of one that is still to change the status would be lost with the status it was meant for."""
    if pending:
        raise Conflict("Your earlier request is still being carried out; try again in a moment.", code="still_pending")
