"""The whole set of a report's clocks is computed anew from its events whenever these change.

Nothing is carried over but which ladder steps were carried out, so that it does not matter in which order, how often or
by how many monitors at once it is done.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import MONITOR
from shared.database import Sessions, is_locked, release_when_idle
from shared.errors import DomainError
from shared.http.problems import is_away
from shared.log import events
from shared.log.events import Draft, Event, Head
from shared.log.payloads.monitor import ClockMoved, ClockReinstated, PolicyMigrated, RuleChange
from sla_monitor import deadlines
from sla_monitor.clock import Clock
from sla_monitor.counting.keeping import Counted
from sla_monitor.policy import NoPolicy, Policy
from sla_monitor.recompute import queries
from sla_monitor.recompute.moves import Before, Key, Move, moves
from sla_monitor.recompute.queries import Recorded
from sla_monitor.recompute.rows import common_of, row_of, sift
from sla_monitor.reference.service import Reference, References

logger = logging.getLogger(__name__)

ACTOR = f"service:{MONITOR}"

NO_REPORT = "no_report"
#: Somebody else has the report locked just now.
LOCKED = "locked"

#: A monitor that is suspended amid a recomputation loses its locks after so long: more than any batch takes to compute.
IDLE_SECONDS = 30
#: So long each report of a batch waits that could not be had together: the batch has waited before it.
LOCK_SECONDS_ALONE = 0.1


@dataclass(frozen=True, slots=True)
class Migration:
    """The policy that reports shall be under from now on, and who says so."""

    policy: Policy
    actor: str


@dataclass(slots=True)
class Changes:
    """What recomputing some reports leads to."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    reports: list[UUID] = field(default_factory=list)
    revoked: list[UUID] = field(default_factory=list)
    drafts: list[tuple[Head, Draft]] = field(default_factory=list)
    counted: Counted = field(default_factory=Counted)
    moved: int = 0
    refused: dict[UUID, str] = field(default_factory=dict)


async def recompute(
    sessions: Sessions, references: References, report_ids: Collection[UUID], *, force: bool = False,
    lock_seconds: float | None = None, wake: Callable[[], None] | None = None,
) -> dict[UUID, str]:  # fmt: skip
    """Bring the clocks of these reports up to date; why not, for those that cannot be.

    If the batch fails, each report is tried alone: one that cannot be stored, or is `LOCKED` by somebody else for
    longer than `lock_seconds`, holds up nobody else. `wake`: what to do when something was put into the outbox.
    """
    try:
        async with sessions.begin() as session:
            await release_when_idle(session, seconds=IDLE_SECONDS, lock_seconds=lock_seconds)
            changes = await recompute_locked(session, references, report_ids, force=force)
        if changes.drafts and wake is not None:
            wake()
        return changes.refused
    except Exception as error:
        if isinstance(error, DomainError) or is_away(error):
            raise
        if len(report_ids) == 1:
            return {report_id: LOCKED if is_locked(error) else _refusal(report_id, error) for report_id in report_ids}
    alone = None if lock_seconds is None else min(lock_seconds, LOCK_SECONDS_ALONE)
    refused: dict[UUID, str] = {}
    for report_id in report_ids:
        refused |= await recompute(sessions, references, (report_id,), force=force, lock_seconds=alone, wake=wake)
    return refused


async def recompute_locked(
    session: AsyncSession, references: References, report_ids: Collection[UUID], *, force: bool = False,
    migration: Migration | None = None,
) -> Changes:  # fmt: skip
    """The same within a transaction.

    The rules are read after the locks are taken. Read before, they could be replaced in between, and what a
    recomputation had just brought up to date would be overwritten by what held before.
    """
    heads = await events.lock_heads(session, report_ids)
    reference = await references.current(session)
    now = await queries.now(session)
    return await _recompute(session, reference, report_ids, heads, force=force, now=now, migration=migration)


async def recompute_in(
    session: AsyncSession,
    reference: Reference,
    report_ids: Collection[UUID],
    *,
    force: bool = False,
    now: datetime | None = None,
    migration: Migration | None = None,
) -> dict[UUID, str]:
    """The same under rules that are given. Unless forced, reports whose clocks know every fact are left alone.

    `now`, the database's unless a test gives one, decides which recorded steps lie in the future again.
    """
    heads = await events.lock_heads(session, report_ids)
    if now is None:
        now = await queries.now(session)
    done = await _recompute(session, reference, report_ids, heads, force=force, now=now, migration=migration)
    return done.refused


async def _recompute(
    session: AsyncSession, reference: Reference, report_ids: Collection[UUID], heads: dict[UUID, Head], *,
    force: bool, now: datetime, migration: Migration | None,
) -> Changes:  # fmt: skip
    missing = {report_id: NO_REPORT for report_id in report_ids if report_id not in heads}
    stored = await queries.stored_clocks(session, list(heads))
    if not force:
        heads = {key: head for key, head in heads.items() if _known(stored.get(key, ())) < head.fact_seq}
    if not heads:
        return Changes(refused=missing)
    histories = await events.histories(session, heads)  # read under the locks
    recorded = await queries.recorded_steps(session, list(heads))
    work = _Work(reference, stored, recorded, now, migration)
    changes = Changes(refused=missing)
    for report_id, head in heads.items():
        work.take(changes, head, histories[report_id])
    await queries.replace_clocks(session, changes.reports, changes.rows)
    await changes.counted.keep(session)
    if changes.revoked:
        await queries.revoke(session, changes.revoked, now=now)
    await events.append_many(session, changes.drafts, recorded_at=now)
    return changes


def _known(stored: Iterable[Before]) -> int:
    """How much of the history the stored clocks know."""
    return min((before.computed_seq for before in stored), default=0)


@dataclass(frozen=True, slots=True)
class _Work:
    """What the clocks of some reports are computed from, beside their histories."""

    reference: Reference
    stored: Mapping[UUID, Sequence[Before]]
    recorded: Mapping[UUID, Mapping[Key, list[Recorded]]]
    now: datetime
    migration: Migration | None

    def take(self, changes: Changes, head: Head, history: list[Event]) -> None:
        """One report. A history that no clock can be made of is that report's trouble alone."""
        try:
            policy = policy_under(self.reference, history, self.migration)
            clocks = deadlines.clocks(
                history, policy, self.reference.calendar, local_limits=self.reference.local_limits
            )
            moved = moves(history, self.stored.get(head.report_id, ()), clocks, policy, self.reference)
        except Exception as error:
            changes.refused[head.report_id] = _refusal(head.report_id, error)
            return
        computed_seq = head.seq
        if self.migration is not None and _is_migrated(self.reference, history, policy):
            computed_seq += 1  # the clocks know of it before it is written down
            changes.drafts.append((head, _migrated(self.migration, self.now)))
        changes.moved += len(moved)
        changes.counted.take(head.report_id, history, clocks, policy, self.reference)
        changes.drafts += [(head, _moved(move, self.now)) for move in moved]
        self._keep(changes, head, clocks, common_of(head, policy, self.reference, history[0], computed_seq))

    def _keep(self, changes: Changes, head: Head, clocks: Iterable[Clock], common: Mapping[str, Any]) -> None:
        changes.reports.append(head.report_id)
        done = self.recorded.get(head.report_id, {})
        for clock in clocks:
            standing, revoked = sift(clock, done.get((clock.stage, clock.opened_seq), ()), self.now)
            changes.rows.append({**row_of(clock, standing), **common})
            if revoked:
                changes.revoked += [step.id for step in revoked]
                changes.drafts.append((head, _reinstated(clock, revoked, self.now)))


def policy_under(reference: Reference, history: Sequence[Event], migration: Migration | None) -> Policy:
    return reference.policy_of(history) if migration is None else migration.policy


def _is_migrated(reference: Reference, history: Sequence[Event], policy: Policy) -> bool:
    """Whether the report is under another policy so far."""
    try:
        return reference.policy_of(history).code != policy.code
    except NoPolicy:
        return True


def _migrated(migration: Migration, now: datetime) -> Draft:
    return Draft(PolicyMigrated(policy=migration.policy.code), now, migration.actor)


def _moved(move: Move, now: datetime) -> Draft:
    moved = ClockMoved(
        stage=move.stage,
        opened_seq=move.opened_seq,
        old_due_at=move.old_due_at,
        new_due_at=move.new_due_at,
        reason=RuleChange(kind=move.reason.kind, id=move.reason.id),
    )
    return Draft(moved, now, ACTOR)


def _reinstated(clock: Clock, revoked: Sequence[Recorded], now: datetime) -> Draft:
    reinstated = ClockReinstated(
        stage=clock.stage,
        opened_seq=clock.opened_seq,
        steps=tuple(sorted(step.code for step in revoked)),
        due_at=clock.due_at,
    )
    return Draft(reinstated, now, ACTOR)


def _refusal(report_id: UUID, error: Exception) -> str:
    """Why a report cannot be computed: a code, since a message might repeat what it is about."""
    code = error.code if isinstance(error, DomainError) else type(error).__name__
    logger.warning("clocks not computed", extra={"report_id": str(report_id), "error": code})
    return code


async def catch_up(sessions: Sessions, references: References, *, limit: int = 500) -> int:
    """Recompute reports whose facts did not reach us for a minute; how many there were."""
    async with sessions() as session:
        behind = await queries.behind(session, limit=limit)
    if behind:
        await recompute(sessions, references, behind)
    return len(behind)
