"""Erasing a person: identity, words and what points to them. What happened stays in the log, without them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.erasure import queries
from intake_api.evidence import queries as evidence
from intake_api.evidence.store import parts_of
from intake_api.notifications import queries as news
from intake_api.reporters import queries as reporters
from intake_api.uploads import queries as uploads
from shared import ids
from shared.domain.lifecycle import OPEN, Status
from shared.errors import Conflict, NotFound
from shared.log import events, parts
from shared.log.events import Draft, Event, EventType
from shared.log.payloads.codes import ErasureCause
from shared.log.payloads.intake import PersonErased


class Erased(NamedTuple):
    """`before`: the event that erased it first; None: this is it. `objects`: what nobody needs any more in the store of
    files, to be removed once this is committed; where that fails, it is collected.
    """

    before: Event | None
    version: int
    objects: Sequence[str] = ()


async def erase_report(
    session: AsyncSession, tracking_number: str, *, cause: ErasureCause, actor: str, now: datetime
) -> Erased:
    """Once is enough: a report that is erased already stays as it is. Raises NotFound, Conflict."""
    number = ids.is_tracking_number(tracking_number)
    found = await reporters.find_by_number(session, tracking_number) if number else None
    head = None if found is None else await events.lock_head(session, found[0].id)
    again = None if head is None else await reporters.find_by_number(session, tracking_number)
    if head is None or again is None:
        raise NotFound(f"There is no report {tracking_number}.", code="unknown_report")
    report = again[0]
    before = await parts.of_types(session, report.id, [EventType.PERSON_ERASED])
    if before:
        return Erased(before[0], head.fact_seq)
    if Status(report.status) in OPEN:
        raise Conflict(
            "This report is still being worked on; erase it once it is closed, archived or withdrawn.",
            code="report_is_open",
        )
    await queries.empty_columns(session, report)
    objects = await _erase_evidence(session, report.id)
    await news.forget_news(session, report.id)
    await events.append(session, head, Draft(PersonErased(cause=cause), now, actor), recorded_at=now)
    return Erased(None, head.fact_seq, objects)


async def _erase_evidence(session: AsyncSession, report_id: UUID) -> Sequence[str]:
    """What another report holds, too, stays for that one. The files are locked first: whoever adds an upload holds the
    file before the upload.
    """
    digests = await evidence.lock_files_of(session, report_id)
    removed = await uploads.remove_of_report(session, report_id)
    await evidence.erase(session, report_id)
    parts = [path for upload in removed for path in parts_of(upload.id, upload.parts)]
    return [*await evidence.remove_unused(session, digests), *parts]
