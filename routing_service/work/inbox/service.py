"""Facts that others recorded, and what routing_service does about them: at most once, however often they come."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.report import families
from routing_service.report.batch import File, NotInTheLog
from routing_service.report.consequences import ACTED_ON, MOVING, move_after
from routing_service.work.chores import queries as chores
from routing_service.work.erasing import service as erasing
from shared.database import REQUEST_IDLE_SECONDS, Sessions, is_locked, release_when_idle
from shared.http.problems import is_away
from shared.log.events import EventType
from shared.log.inbox import CloudEvent, Outcome, Receipt

logger = logging.getLogger(__name__)

#: What may end a report, and so part others from it.
_ENDING = frozenset({EventType.REPORTER_WITHDREW, EventType.CLOCK_ELAPSED})


#: So long an event waits for whoever has locked its report; then it comes again later.
LOCK_SECONDS = 1.0


async def process(sessions: Sessions, announced: Sequence[CloudEvent], *, now: datetime) -> list[Receipt]:
    """All in one transaction; if that fails, each event in its own, so that a poison one stands alone.

    Raises what a database raises that is away: then nothing was taken, and the sender counts no attempt.
    """
    relevant = [event for event in announced if event.type in ACTED_ON]
    failed: dict[UUID, Receipt] = {}

    async def act(events: Sequence[CloudEvent]) -> None:
        async with sessions.begin() as session:
            await _act(session, events, now=now)

    try:
        await act(relevant)
    except Exception as error:
        if is_away(error):
            raise
        logger.warning("batch refused", extra={"count": len(relevant), "error": type(error).__name__})
        for event in sorted(relevant, key=_place):
            try:
                await act([event])
            except Exception as one:
                if is_away(one):
                    raise
                failed[event.id] = _refused(event, one)
    return [failed.get(event.id) or Receipt(id=event.id, outcome=Outcome.DONE) for event in announced]


def _refused(event: CloudEvent, error: Exception) -> Receipt:
    if is_locked(error):
        return Receipt(id=event.id, outcome=Outcome.LATER)
    logger.warning("event refused", extra={"event_id": str(event.id), "error": type(error).__name__})
    return Receipt(id=event.id, outcome=Outcome.RETRY, detail=type(error).__name__)


def _place(event: CloudEvent) -> tuple[UUID, int]:
    return event.data.report_id, event.data.seq


async def _act(session: AsyncSession, announced: Sequence[CloudEvent], *, now: datetime) -> None:
    """Lock every report of the batch, read the log after that, and do what still is to be done.

    What is to be done about a new report takes time: that is noted here, for a worker, and locks nothing.
    """
    received = [event for event in announced if event.type == EventType.REPORT_RECEIVED]
    said = [event for event in announced if event.type != EventType.REPORT_RECEIVED]
    if received and not {event.id for event in received} <= await chores.set_for(session, received):
        raise NotInTheLog
    if not said:
        return
    await release_when_idle(session, seconds=REQUEST_IDLE_SECONDS, lock_seconds=LOCK_SECONDS)
    files = await _open(session, said)
    taking_up = any(event.type in MOVING for event in said)
    known = registry.held_tree if taking_up else registry.tree
    tree = await known(session, (file.case.holder.agency for file in files.values()))
    for one in sorted(said, key=_place):
        file = files.get(one.data.report_id)
        if file is None:
            raise NotInTheLog
        fact = file.fact(one.id, one.data.seq)
        move = move_after(fact, file.case, file.history)
        if move is not None:
            families.carry_out(files, file, move, tree=tree, at=fact.occurred_at, now=now)
    await families.store_files(session, files, now=now)
    erased = {event.data.report_id for event in said if event.type == EventType.PERSON_ERASED}
    if erased:
        await erasing.erase_parts(session, erased)


async def _open(session: AsyncSession, announced: Sequence[CloudEvent]) -> dict[UUID, File]:
    reports = {event.data.report_id for event in announced}
    if any(event.type in _ENDING for event in announced):
        return await families.open_families(session, reports)
    return await families.open_files(session, reports)
