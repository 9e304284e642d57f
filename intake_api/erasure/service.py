"""Erasing a person: identity, words and what points to them. What happened stays in the log, without them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.erasure import queries
from intake_api.notifications import queries as news
from intake_api.reporters import queries as reporters
from shared import ids
from shared.domain.lifecycle import OPEN, Status
from shared.errors import Conflict, NotFound
from shared.log import events, parts
from shared.log.events import Draft, Event, EventType
from shared.log.payloads.codes import ErasureCause
from shared.log.payloads.intake import PersonErased


async def erase_report(
    session: AsyncSession, tracking_number: str, *, cause: ErasureCause, actor: str, now: datetime
) -> tuple[Event | None, int]:
    """The event that erased it first, None if it is this one; and the version. Raises NotFound, Conflict.

    Once is enough: a report that is erased already stays as it is.
    """
    number = ids.is_tracking_number(tracking_number)
    found = await reporters.find_by_number(session, tracking_number) if number else None
    head = None if found is None else await events.lock_head(session, found[0].id)
    again = None if head is None else await reporters.find_by_number(session, tracking_number)
    if head is None or again is None:
        raise NotFound(f"There is no report {tracking_number}.", code="unknown_report")
    report = again[0]
    before = await parts.of_types(session, report.id, [EventType.PERSON_ERASED])
    if before:
        return before[0], head.fact_seq
    if Status(report.status) in OPEN:
        raise Conflict(
            "This report is still being worked on; erase it once it is closed, archived or withdrawn.",
            code="report_is_open",
        )
    await queries.empty_columns(session, report)
    await news.forget_news(session, report.id)
    await events.append(session, head, Draft(PersonErased(cause=cause), now, actor), recorded_at=now)
    return None, head.fact_seq
