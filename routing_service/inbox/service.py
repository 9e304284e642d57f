"""Facts that others recorded, and what routing_service does about them: at most once, however often they come."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service import cases, queries
from routing_service.cases import Case
from routing_service.decide import Decision, decide
from routing_service.decisions import queries as decision_queries
from routing_service.decisions import service as decisions
from routing_service.inbox.rules import ACTED_ON, Move, move_after, status_since
from routing_service.tree import Tree
from shared import events
from shared.database import REQUEST_IDLE_SECONDS, Sessions, release_when_idle
from shared.events import ROUTING, Draft, Event, EventType, Head
from shared.inbox import CloudEvent, Outcome, Receipt
from shared.lifecycle import Action, Holder, Level, Status
from shared.problems import is_away

logger = logging.getLogger(__name__)

ACTOR = f"service:{ROUTING}"


class NotInTheLog(Exception):
    """An event was announced that the log does not have."""


@dataclass(slots=True)
class File:
    """One report of a batch: as it was read under its lock, and what is to be appended to its chain."""

    case: Case
    head: Head
    history: list[Event]
    drafts: list[Draft] = field(default_factory=list)

    def fact(self, announced: CloudEvent) -> Event:
        """The event that is meant, from the log."""
        for event in self.history:
            if event.seq == announced.data.seq and event.id == announced.id:
                return event
        raise NotInTheLog

    def take(self, move: Move, *, tree: Tree, at: datetime, now: datetime, holder: Holder | None = None) -> None:
        """Move the report; later events of the batch see it in their history."""
        at = max(at, cases.latest_move(self.history).occurred_at)
        draft = cases.take(self.case, move.action, tree=tree, actor=ACTOR, at=at, holder=holder, details=move.details)
        self.drafts.append(draft)
        seq = self.head.seq + len(self.drafts)
        self.history.append(Event(_NO_ID, self.case.id, seq, draft.type, at, now, ACTOR, draft.data))


_NO_ID = UUID(int=0)  # an event gets its id when it is appended


async def process(
    sessions: Sessions, announced: Sequence[CloudEvent], *, automatic_assignment: bool, now: datetime
) -> list[Receipt]:
    """All in one transaction; if that fails, each event in its own, so that a poison one stands alone.

    Raises what a database raises that is away: then nothing was taken, and the sender counts no attempt.
    """
    relevant = [event for event in announced if event.type in ACTED_ON]
    failed: dict[UUID, str] = {}
    try:
        async with sessions.begin() as session:
            await _act(session, relevant, automatic_assignment=automatic_assignment, now=now)
    except Exception as error:
        if is_away(error):
            raise
        logger.warning("batch refused", extra={"count": len(relevant), "error": type(error).__name__})
        for event in sorted(relevant, key=_place):
            try:
                async with sessions.begin() as session:
                    await _act(session, [event], automatic_assignment=automatic_assignment, now=now)
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


async def _act(
    session: AsyncSession, announced: Sequence[CloudEvent], *, automatic_assignment: bool, now: datetime
) -> None:
    """Lock every report of the batch, read the log after that, and do what still is to be done."""
    if not announced:
        return
    await release_when_idle(session, seconds=REQUEST_IDLE_SECONDS)
    files = await _open(session, {event.data.report_id for event in announced})
    received: list[tuple[File, Event]] = []
    tree = await queries.tree(session, (file.case.holder.agency for file in files.values()))
    for one in sorted(announced, key=_place):
        file = files.get(one.data.report_id)
        if file is None:
            raise NotInTheLog
        fact = file.fact(one)
        if fact.type is EventType.REPORT_RECEIVED:
            received.append((file, fact))
        move = move_after(fact, file.case, file.history)
        if move is not None:
            file.take(move, tree=tree, at=fact.occurred_at, now=now)
    await _route(session, received, tree, automatic_assignment=automatic_assignment, now=now)
    changed = [file for file in files.values() if file.drafts]
    if changed:
        await queries.save(session, [file.case for file in changed], now=now)
        drafts = [(file.head, draft) for file in changed for draft in file.drafts]
        await events.append_many(session, drafts, recorded_at=now)


async def _open(session: AsyncSession, report_ids: set[UUID]) -> dict[UUID, File]:
    heads = await events.lock_many(session, report_ids)
    histories = await events.histories(session, heads)
    found = await queries.cases(session, heads)
    return {report_id: File(found[report_id], head, histories[report_id]) for report_id, head in heads.items()}


async def _route(
    session: AsyncSession,
    received: Sequence[tuple[File, Event]],
    tree: Tree,
    *,
    automatic_assignment: bool,
    now: datetime,
) -> None:
    """A decision for each new report, stored once; carried out where that is switched on and the case is clear."""
    if not received:
        return
    subjects = [decisions.subject_of(file.case) for file, _ in received]
    registry = await decision_queries.registry(session, subjects)
    known = Tree({**tree.nodes, **registry.tree.nodes})
    records = []
    for (file, fact), subject in zip(received, subjects, strict=True):
        decision = decide(subject, registry)
        records.append(decisions.of_receipt(fact, decision, ACTOR))
        if automatic_assignment and _may_assign(file, fact, decision):
            _assign(file, decision, known, now)
    await decision_queries.store(session, records, now=now)


def _may_assign(file: File, fact: Event, decision: Decision) -> bool:
    """Nobody has touched the report since it came, it is no historical import, and the case is clear."""
    untouched = file.case.status is Status.RECEIVED and status_since(file.history) == fact.seq
    return untouched and not file.case.imported and decision.clear


def _assign(file: File, decision: Decision, tree: Tree, now: datetime) -> None:
    """Verified and assigned now, not when it was received: what the state does counts when it is recorded."""
    assert decision.agency is not None
    file.case.verified_title = file.case.title
    details = cases.verified_details(file.case)
    file.take(Move(Action.VERIFY, details), tree=tree, at=now, now=now)
    file.take(Move(Action.DISPOSE), tree=tree, at=now, now=now, holder=Holder(Level.AGENCY, decision.agency))
