"""Facts that others recorded, and what routing_service does about them: at most once, however often they come."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service import cases, queries
from routing_service.decision import Decision
from routing_service.decisions import queries as decision_queries
from routing_service.decisions import service as decisions
from routing_service.decisions.advice import Adviser, Advising
from routing_service.files import File, NotInTheLog
from routing_service.inbox.rules import ACTED_ON, MOVING, Move, move_after, status_since
from routing_service.merging import families
from routing_service.tree import Tree
from shared.database import REQUEST_IDLE_SECONDS, Sessions, release_when_idle
from shared.events import Event, EventType
from shared.inbox import CloudEvent, Outcome, Receipt
from shared.lifecycle import Action, Holder, Level, Status
from shared.problems import is_away

logger = logging.getLogger(__name__)

#: What may end a report, and so part others from it.
_ENDING = frozenset({EventType.REPORTER_WITHDREW, EventType.CLOCK_ELAPSED})


async def process(
    sessions: Sessions,
    announced: Sequence[CloudEvent],
    *,
    advising: Advising,
    automatic_assignment: bool,
    now: datetime,
) -> list[Receipt]:
    """All in one transaction; if that fails, each event in its own, so that a poison one stands alone.

    Raises what a database raises that is away: then nothing was taken, and the sender counts no attempt.
    """
    relevant = [event for event in announced if event.type in ACTED_ON]
    failed: dict[UUID, str] = {}

    async def act(events: Sequence[CloudEvent]) -> None:
        adviser = await _adviser(sessions, events, advising)
        async with sessions.begin() as session:
            await _act(session, events, adviser, automatic_assignment=automatic_assignment, now=now)

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
                failed[event.id] = type(one).__name__
                logger.warning("event refused", extra={"event_id": str(event.id), "error": type(one).__name__})
    return [
        Receipt(id=event.id, outcome=Outcome.RETRY, detail=failed[event.id])
        if event.id in failed
        else Receipt(id=event.id, outcome=Outcome.DONE)
        for event in announced
    ]


def _place(event: CloudEvent) -> tuple[UUID, int]:
    return event.data.report_id, event.data.seq


async def _adviser(sessions: Sessions, announced: Sequence[CloudEvent], advising: Advising) -> Adviser | None:
    """Thinks about the new reports before any of them is locked; None: there is none."""
    received = {event.data.report_id for event in announced if event.type == EventType.REPORT_RECEIVED}
    if not received:
        return None
    async with sessions() as session:
        adviser = await advising.adviser(session, received)
    await adviser.think()
    return adviser


async def _act(
    session: AsyncSession,
    announced: Sequence[CloudEvent],
    adviser: Adviser | None,
    *,
    automatic_assignment: bool,
    now: datetime,
) -> None:
    """Lock every report of the batch, read the log after that, and do what still is to be done."""
    if not announced:
        return
    await release_when_idle(session, seconds=REQUEST_IDLE_SECONDS)
    files = await _open(session, announced)
    received: list[tuple[File, Event]] = []
    taking_up = any(event.type in MOVING for event in announced)
    known = queries.held_tree if taking_up else queries.tree
    tree = await known(session, (file.case.holder.agency for file in files.values()))
    for one in sorted(announced, key=_place):
        file = files.get(one.data.report_id)
        if file is None:
            raise NotInTheLog
        fact = file.fact(one)
        if fact.type is EventType.REPORT_RECEIVED:
            received.append((file, fact))
        move = move_after(fact, file.case, file.history)
        if move is not None:
            families.carry_out(files, file, move, tree=tree, at=fact.occurred_at, now=now)
    if adviser is not None:
        await _route(session, received, adviser, tree, automatic_assignment=automatic_assignment, now=now)
    await families.store(session, files, now=now)


async def _open(session: AsyncSession, announced: Sequence[CloudEvent]) -> dict[UUID, File]:
    reports = {event.data.report_id for event in announced}
    if any(event.type in _ENDING for event in announced):
        return await families.open_families(session, reports)
    return await families.open_files(session, reports)


async def _route(
    session: AsyncSession,
    received: Sequence[tuple[File, Event]],
    adviser: Adviser,
    tree: Tree,
    *,
    automatic_assignment: bool,
    now: datetime,
) -> None:
    """A decision for each new report, stored once; carried out where that is switched on and the case is clear."""
    records = []
    clear: list[tuple[File, str]] = []
    for file, fact in received:
        advised = await adviser.on(session, file.case, file.history, now)
        records.append(decisions.of_event(fact, advised))
        agency = advised.decision.agency
        if automatic_assignment and agency is not None and _may_assign(file, fact, advised.decision):
            clear.append((file, agency))
    if clear:
        offices = await queries.offices(session, (agency for _, agency in clear))
        known = Tree({**tree.nodes, **(await queries.tree(session, offices)).nodes})
        for file, agency in clear:
            if offices[agency].serves_at(now):  # it may have ended since the registry was read
                _assign(file, agency, known, now)
    await decision_queries.store(session, records, now=now)


def _may_assign(file: File, fact: Event, decision: Decision) -> bool:
    """Nobody has touched the report since it came, it is no historical import, and the case is clear."""
    untouched = file.case.status is Status.RECEIVED and status_since(file.history) == fact.seq
    return untouched and not file.case.imported and decision.clear


def _assign(file: File, agency: str, tree: Tree, now: datetime) -> None:
    """Verified and assigned now, not when it was received: what the state does counts when it is recorded."""
    file.case.verified_title = file.case.title
    details = cases.verified_details(file.case)
    file.take(Move(Action.VERIFY, details), tree=tree, at=now, now=now)
    file.take(Move(Action.DISPOSE), tree=tree, at=now, now=now, holder=Holder(Level.AGENCY, agency))
