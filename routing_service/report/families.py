"""A report with all that is merged into it: locked, opened and moved together.

What is merged into a report that is merged itself stays so: the chain of merges is followed to its end where it is
read. So a merge touches two reports and can be undone, and only the end of a survivor touches more.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.tree import Tree
from routing_service.report import queries as common
from routing_service.report.batch import ACTOR, File
from routing_service.report.consequences import ACTED_ON, Move, move_after, status_since
from shared.domain.lifecycle import ENDING, TRANSITIONS, Action, Holder
from shared.errors import Conflict
from shared.log import events, parts
from shared.log.events import Draft, Head
from shared.log.payloads import Said
from shared.log.payloads.codes import Cause
from shared.log.payloads.routing import ReportParted, ReportUnmerged

Files = Mapping[UUID, File]


async def open_files(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, File]:
    """Lock the reports in the order of their ids, and read them after that."""
    return await _opened(session, await events.lock_heads(session, report_ids))


async def _opened(session: AsyncSession, heads: Mapping[UUID, Head]) -> dict[UUID, File]:
    histories = await events.histories(session, heads, without=parts.QUIET)
    found = await common.cases(session, heads)
    return {report_id: File(found[report_id], head, histories[report_id]) for report_id, head in heads.items()}


async def open_families(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, File]:
    """The same with all that is merged into them. Raises Conflict."""
    return await _opened(session, await _lock_families(session, report_ids))


async def open_family(session: AsyncSession, report_id: UUID) -> dict[UUID, File]:
    """The same of one report, and nothing where nothing is merged into it: then only its chain is locked."""
    heads = await _lock_families(session, {report_id})
    return await _opened(session, heads) if len(heads) > 1 else {}


async def _lock_families(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, Head]:
    """Which these are is known for certain only once their survivor is locked; what was merged into it at that very
    moment cannot be locked in order any more. Raises Conflict then: whoever tries again sees it.
    """
    wanted = set(report_ids)
    below = await common.merged_below(session, wanted)
    heads = await events.lock_heads(session, wanted | below)
    if not await common.merged_below(session, wanted) <= heads.keys():
        raise Conflict("Another report was merged into it at this moment; try again.", code="merged_meanwhile")
    return heads


async def store_files(session: AsyncSession, files: Files, *, now: datetime) -> None:
    """The cases and events of all that was moved."""
    changed = [file for file in files.values() if file.drafts]
    if changed:
        await common.save(session, [file.case for file in changed], now=now)
    drafts = [(file.head, draft) for file in changed for draft in file.drafts]
    if drafts:
        await events.append_many(session, drafts, recorded_at=now)


def carry_out(
    files: Files, file: File, move: Move, *, tree: Tree, at: datetime, now: datetime, holder: Holder | None = None
) -> None:
    """Move a report; if it ends with that, what is merged into it goes on by itself first."""
    target = TRANSITIONS[move.action].target
    if target in ENDING:
        part_from(files, file, cause=Cause(target.value), tree=tree, at=at, now=now, actor=ACTOR)
    file.take(move, tree=tree, at=at, now=now, holder=holder)


def part_from(
    files: Files, survivor: File, *, cause: Cause, tree: Tree, at: datetime, now: datetime, actor: str
) -> None:
    for file in files.values():
        if file.case.merged_into == survivor.case.id:
            part(files, file, survivor, cause=cause, tree=tree, at=at, now=now, actor=actor)


def part(
    files: Files, file: File, survivor: File, *, cause: Cause, tree: Tree, at: datetime, now: datetime, actor: str,
    said: Said | None = None,
) -> None:  # fmt: skip
    """Take a merge back, and do what its reporter asked for meanwhile."""
    unmerged = partial(ReportUnmerged, previous=survivor.case.id, cause=cause, said=said)
    file.take(Move(Action.UNMERGE, unmerged), tree=tree, at=at, now=now, actor=actor)
    survivor.add(Draft(ReportParted(other=file.case.id, cause=cause), at, actor), now)
    for fact in list(file.history):
        if fact.type in ACTED_ON and fact.seq > status_since(file.history):
            move = move_after(fact, file.case, file.history)
            if move is not None:
                carry_out(files, file, move, tree=tree, at=at, now=now)
