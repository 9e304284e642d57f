"""Recomputations: one batch of reports is one transaction, in which the recomputation itself advances.

So a monitor that is killed in a batch leaves it undone as a whole, and whichever comes next goes on from there.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions, release_when_idle
from shared.domain.states import TaskState
from shared.errors import Conflict, DomainError, NotFound
from shared.http.problems import is_away
from shared.http.wire import Page, PageParams, Sequence32
from shared.log.payloads.codes import ChangedRule
from shared.schema import Recomputation
from sla_monitor.policy import Policy
from sla_monitor.recomputations import queries
from sla_monitor.recomputations.schemas import RecomputationView
from sla_monitor.recomputations.selection import Selection
from sla_monitor.recompute import queries as clocks
from sla_monitor.recompute import service as recompute
from sla_monitor.recompute.service import Changes, Migration
from sla_monitor.reference.service import References

logger = logging.getLogger(__name__)

BATCH = 500


async def request(
    session: AsyncSession, *, kind: ChangedRule, reference: str, selection: Selection, requested_by: str
) -> RecomputationView:
    """Have the clocks of the selected reports computed anew; the monitors find it in the table."""
    row = await queries.add_recomputation(
        session, kind=kind, reference=reference, selection=selection, requested_by=requested_by
    )
    return RecomputationView.model_validate(row)


async def get_recomputation(session: AsyncSession, id: int, *, counts: bool = True) -> RecomputationView:
    row = await queries.get_recomputation(session, id)
    if row is None:
        raise NotFound(f"There is no recomputation {id}.")
    return _view(row, counts=counts)


def _view(row: Recomputation, *, counts: bool) -> RecomputationView:
    view = RecomputationView.model_validate(row)
    return view if counts else view.model_copy(update=dict.fromkeys(("total", "done", "moved", "refused")))


async def page_of_recomputations(
    session: AsyncSession, params: PageParams, *, counts: bool = True
) -> Page[RecomputationView]:
    params = params.in_list("recomputations")
    rows = await queries.page_of_recomputations(session, before=params.key(tuple[Sequence32]), limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: (row.id,))
    return Page(items=[_view(row, counts=counts) for row in shown], next_cursor=next_cursor)


async def work(sessions: Sessions, references: References, *, batch: int = BATCH) -> RecomputationView | None:
    """Do one batch of the oldest recomputation that nobody else works on; None if there is nothing to do."""
    async with sessions.begin() as session:
        await release_when_idle(session, seconds=recompute.IDLE_SECONDS)
        task = await queries.claim_recomputation(session)
        if task is None:
            return None
        selection = Selection.model_validate(task.selection)
        if task.total is None:
            await _begin(session, task, selection)
        page = await queries.open_reports(session, selection, after=task.position, limit=batch)
        changes = await _changes(session, references, task, page)
        await _advance(session, task, page, changes, last=len(page) < batch)
        return RecomputationView.model_validate(task)


async def _begin(session: AsyncSession, task: Recomputation, selection: Selection) -> None:
    total = await queries.count_open_reports(session, selection)
    await queries.advance(session, task, total=total, state=TaskState.RUNNING, started_at=await clocks.now(session))
    logger.info("recomputation begins", extra={"recomputation": task.id, "kind": task.kind, "reports": total})


async def _advance(
    session: AsyncSession, task: Recomputation, page: Sequence[UUID], changes: Changes, *, last: bool
) -> None:
    progress = {
        "done": task.done + len(page),
        "moved": task.moved + changes.moved,
        "refused": task.refused + len(changes.refused),
        "position": page[-1] if page else task.position,
    }
    end = {"state": TaskState.DONE, "finished_at": await clocks.now(session)} if last else {}
    await queries.advance(session, task, **progress, **end)
    if last:
        done = {"recomputation": task.id, "reports": task.done, "moved": task.moved, "refused": task.refused}
        logger.info("recomputation done", extra=done)


async def _changes(session: AsyncSession, references: References, task: Recomputation, page: Sequence[UUID]) -> Changes:
    if task.kind != ChangedRule.POLICY:
        return await _take(session, references, page, None)
    policy = (await references.current(session)).policies.get(task.reference)
    if policy is None:  # whoever made it inactive again: the recomputations behind this one go on
        return Changes(refused=dict.fromkeys(page, "policy_not_active"))
    return await _take(session, references, page, Migration(policy, task.requested_by))


def active_policy(policy: Policy | None, code: str) -> Policy:
    """Raises Conflict if no policy of that code is active."""
    if policy is None:
        raise Conflict(f"The policy {code} is not active; activate it first.", code="policy_not_active")
    return policy


async def _take(
    session: AsyncSession, references: References, page: Sequence[UUID], migration: Migration | None
) -> Changes:
    """A batch, or if it fails each report alone: one that cannot be stored holds up nobody else."""
    try:
        async with session.begin_nested():
            return await recompute.recompute_locked(session, references, page, force=True, migration=migration)
    except Exception as error:
        if isinstance(error, DomainError) or is_away(error):
            raise
        if len(page) == 1:
            return Changes(refused={page[0]: type(error).__name__})
    changes = Changes()
    for report_id in page:
        one = await _take(session, references, (report_id,), migration)
        changes.moved += one.moved
        changes.refused |= one.refused
    return changes
