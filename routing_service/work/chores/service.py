"""What a worker does about new reports: decides where they go, and makes what everybody may read of them.

Neither stands in the way of delivery. Any number of workers share the work, and each may be killed at any moment: what
was claimed is free again, and what was stored is not done twice.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.entrusting import verifier
from routing_service.competence.opinion import Advised
from routing_service.registry import queries as registry
from routing_service.registry.tree import Tree
from routing_service.report import case, families
from routing_service.report.batch import File
from routing_service.report.consequences import Move, status_since
from routing_service.report.masks import Field, Kind, Mask, Source, Span
from routing_service.report.search import queries as search
from routing_service.report.search.queries import Words
from routing_service.report.search.words import spaced
from routing_service.work.chores import queries as chores
from routing_service.work.chores.tasks import Task
from routing_service.work.decisions import queries as decision_queries
from routing_service.work.decisions import regions
from routing_service.work.decisions import service as decisions
from routing_service.work.decisions.advice import Adviser, Advising
from routing_service.work.masking import queries as texts
from routing_service.work.masking.making import Made, Original, compose
from shared.actors import ROUTING
from shared.database import Sessions, release_when_idle
from shared.domain.lifecycle import Action, Holder, Level, Status
from shared.http.problems import is_away
from shared.log.events import Event, EventType

logger = logging.getLogger(__name__)

ACTOR = f"service:{ROUTING}"
PORTION = 50
#: Nobody has been working on it for so long: the worker is suspended, and what it claimed is free again.
IDLE_SECONDS = 120
LONGEST_BACKOFF_SECONDS = 900.0
#: After so many attempts the text is taken to be one that no machine can read: it is masked as a whole.
MOST_ATTEMPTS_TO_READ = 3
#: So long may two releases run side by side.
RECENT = timedelta(days=2)

#: Masks texts, outside of this process. Raises whatever goes wrong there.
Read = Callable[[Sequence[Original]], Awaitable[list[Made]]]


@dataclass(frozen=True, slots=True)
class Done:
    """What one portion came to."""

    reports: int = 0  #: that were claimed
    is_full: bool = False  #: there may be more of the same length
    long_waits: bool = False


async def portion(
    sessions: Sessions, task: Task, *, is_long: bool, do: Callable[[AsyncSession, Sequence[UUID]], Awaitable[None]]
) -> Done:
    """Do a portion of a task in one transaction.

    If that fails, each in its own, and one that fails alone is tried again after a while. Raises what a database
    raises that is away.
    """
    claimed: Sequence[UUID] = ()
    long_waits, most = False, 1 if is_long else PORTION
    try:
        async with sessions.begin() as session:
            found = await chores.claim_chores(session, task, is_long=is_long, limit=most, idle_seconds=IDLE_SECONDS)
            claimed, long_waits = found.report_ids, found.long_waits
            if claimed:
                await do(session, claimed)
                await chores.finish(session, task, claimed)
    except Exception as error:
        if is_away(error) or not claimed:
            raise
        logger.warning("portion failed", extra={"task": task, "count": len(claimed), "error": type(error).__name__})
        await _one_by_one(sessions, task, claimed, do)
    return Done(len(claimed), len(claimed) == most, long_waits)


async def _one_by_one(
    sessions: Sessions,
    task: Task,
    claimed: Sequence[UUID],
    do: Callable[[AsyncSession, Sequence[UUID]], Awaitable[None]],
) -> None:
    for report_id in claimed:
        try:
            async with sessions.begin() as session:
                await release_when_idle(session, seconds=IDLE_SECONDS)
                await do(session, [report_id])
                await chores.finish(session, task, [report_id])
        except Exception as error:
            if is_away(error):
                raise
            logger.warning(
                "report left for later",
                extra={"report_id": str(report_id), "task": task, "error": type(error).__name__},
            )
            async with sessions.begin() as session:
                await chores.postpone(session, task, [report_id], longest_seconds=LONGEST_BACKOFF_SECONDS)


# --- where it goes -----------------------------------------------------------------------------------------


async def decide(
    sessions: Sessions, *, advising: Advising, automatic_assignment: bool, is_long: bool, now: datetime
) -> Done:
    async def do(session: AsyncSession, report_ids: Sequence[UUID]) -> None:
        adviser = await advising.adviser(session, report_ids)
        await adviser.think()  # before any lock is taken
        bodies = {report_id: written.body for report_id, written in adviser.written.items()}
        spaced_bodies = await asyncio.to_thread(lambda: {key: spaced(body) for key, body in bodies.items()})
        files = await families.open_files(session, report_ids)
        received = [(file, _receipt(file)) for file in files.values()]
        tree = await registry.tree(session, (file.case.holder.agency for file in files.values()))
        await _route(session, received, adviser, tree, automatic_assignment=automatic_assignment, now=now)
        await families.store_files(session, files, now=now)
        await search.store_words(session, [_words(file, spaced_bodies[report_id]) for report_id, file in files.items()])

    return await portion(sessions, Task.DECISION, is_long=is_long, do=do)


def _words(file: File, body: str) -> Words:
    return Words(file.case.id, file.case.verified_title or file.case.title, file.case.verified_title is not None, body)


def _receipt(file: File) -> Event:
    return next(event for event in file.history if event.type is EventType.REPORT_RECEIVED)


async def _route(
    session: AsyncSession,
    received: Sequence[tuple[File, Event]],
    adviser: Adviser,
    tree: Tree,
    *,
    automatic_assignment: bool,
    now: datetime,
) -> None:
    """A decision for each new report, stored once; carried out where that is switched on and the case is clear.

    What is not, goes to the coordinator of the instansi that it lies with, if that one verifies its own.
    """
    records = []
    sent: list[tuple[File, Action, str]] = []
    for file, fact in received:
        advised = await adviser.on(session, file.case, file.history, now)
        records.append(decisions.of_event(fact, advised))
        regions.find(file.case, advised.opinion)
        if _is_untouched(file, fact):
            sent += _sending(file, advised, automatic_assignment=automatic_assignment)
    if sent:
        offices = await registry.offices(session, (agency for _, _, agency in sent))
        known = Tree({**tree.nodes, **(await registry.tree(session, offices)).nodes})
        for file, action, agency in sent:
            if not offices[agency].serves_at(now):  # it may have ended since the registry was read
                continue
            if action is Action.DISPOSE:
                _assign(file, agency, known, now)
            else:
                holder = Holder(Level.COORDINATOR, agency)
                file.take(Move(Action.ENTRUST), tree=known, at=now, now=now, holder=holder)
    for file, _ in received:
        regions.tell(file, now=now)
    await decision_queries.store_decisions(session, records, now=now)


def _is_untouched(file: File, fact: Event) -> bool:
    """Nobody has done anything to the report since it came, and it is no historical import."""
    untouched = file.case.status is Status.RECEIVED and status_since(file.history) == fact.seq
    return untouched and not file.case.imported


def _sending(file: File, advised: Advised, *, automatic_assignment: bool) -> Iterable[tuple[File, Action, str]]:
    """Where the service sends the report by itself, if anywhere."""
    directory, agency = advised.opinion.known.directory, advised.decision.agency
    if agency is not None and advised.decision.clear and (automatic_assignment or directory.assigns_alone(agency)):
        yield file, Action.DISPOSE, agency
    elif file.case.holder.level is Level.NATIONAL:
        instansi = verifier(directory, file.case.region, advised.opinion.place)
        if instansi is not None:
            yield file, Action.ENTRUST, instansi


def _assign(file: File, agency: str, tree: Tree, now: datetime) -> None:
    """Verified and assigned now, not when it was received: what the state does counts when it is recorded."""
    file.case.verified_title = file.case.title
    file.take(Move(Action.VERIFY, case.verified(file.case)), tree=tree, at=now, now=now)
    file.take(Move(Action.DISPOSE), tree=tree, at=now, now=now, holder=Holder(Level.AGENCY, agency))


async def index_recent(sessions: Sessions, *, now: datetime) -> int:
    """Have those found that a process of the release before has decided on, while releases change."""
    after, done = UUID(int=round((now - RECENT).timestamp() * 1000) << 80), 0
    while True:
        async with sessions.begin() as session:
            found = await search.missing(session, after=after, limit=PORTION)
            await search.store_words(session, found)
        done += len(found)
        if len(found) < PORTION:
            return done
        after = found[-1].report_id


# --- what everybody may read -------------------------------------------------------------------------------


async def mask(sessions: Sessions, *, read: Read, is_long: bool, now: datetime) -> Done:
    """A text that somebody else stored in the meantime stands."""

    async def do(session: AsyncSession, report_ids: Sequence[UUID]) -> None:
        started = time.monotonic()
        originals = await texts.without(session, report_ids)
        if originals:
            made = await _made(session, originals, read)
            await texts.add_public_texts(
                session, made, by=ACTOR, now=now + timedelta(seconds=time.monotonic() - started)
            )

    return await portion(sessions, Task.TEXT, is_long=is_long, do=do)


async def _made(session: AsyncSession, originals: Collection[Original], read: Read) -> list[Made]:
    if len(originals) == 1:
        (original,) = originals
        if await chores.attempts(session, Task.TEXT, original.report_id) >= MOST_ATTEMPTS_TO_READ:
            logger.error("text not read", extra={"report_id": str(original.report_id), "error": "too many attempts"})
            return [_hidden(original)]
    return await read(list(originals))


def _hidden(original: Original) -> Made:
    """A verifier sees it, nobody else."""
    spans = ((field, Span(0, len(original.field(field)), Kind.OTHER)) for field in Field)
    return compose(original, [Mask(field, span, Source.MACHINE) for field, span in spans])
