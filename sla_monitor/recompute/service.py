"""The whole set of a report's clocks is computed anew from its events whenever these change.

Nothing is carried over but which ladder steps were carried out, so that it does not matter in which order, how often or
by how many monitors at once it is done.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared import events
from shared.database import Sessions
from shared.errors import DomainError
from shared.events import MONITOR, Draft, Event, EventType, Head
from shared.problems import is_away
from sla_monitor import deadlines
from sla_monitor.deadlines import Clock
from sla_monitor.policy import Policy, StepKind
from sla_monitor.recompute import queries
from sla_monitor.recompute.queries import Key, Recorded
from sla_monitor.reference.service import Reference, References

logger = logging.getLogger(__name__)

ACTOR = f"service:{MONITOR}"

#: Kinds of steps that say that the deadline was missed.
_BREACHING = frozenset({StepKind.BREACH, StepKind.ESCALATION})

NO_REPORT = "no_report"


@dataclass(slots=True)
class _Changes:
    """What recomputing some reports leads to."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    reports: list[UUID] = field(default_factory=list)
    revoked: list[UUID] = field(default_factory=list)
    reinstated: list[tuple[Head, Draft]] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


async def recompute(
    sessions: Sessions, references: References, report_ids: Collection[UUID], *, force: bool = False
) -> dict[UUID, str]:
    """Bring the clocks of these reports up to date; why not, for those that cannot be.

    If the batch fails, each report is tried alone: one that cannot be stored holds up nobody else.
    """
    try:
        async with sessions.begin() as session:
            return await recompute_in(session, await references.current(session), report_ids, force=force)
    except Exception as error:
        if isinstance(error, DomainError) or is_away(error):
            raise
        if len(report_ids) == 1:
            return {report_id: _refusal(report_id, error) for report_id in report_ids}
    refused: dict[UUID, str] = {}
    for report_id in report_ids:
        refused |= await recompute(sessions, references, (report_id,), force=force)
    return refused


async def recompute_in(
    session: AsyncSession,
    reference: Reference,
    report_ids: Collection[UUID],
    *,
    force: bool = False,
    now: datetime | None = None,
) -> dict[UUID, str]:
    """The same within a transaction. Unless forced, reports whose clocks know every fact are left alone.

    `now`, the database's unless a test gives one, decides which recorded steps lie in the future again.
    """
    heads = await events.lock_many(session, report_ids)
    refused = {report_id: NO_REPORT for report_id in report_ids if report_id not in heads}
    if not force:
        known = await queries.computed_up_to(session, list(heads))
        heads = {key: head for key, head in heads.items() if known.get(key, 0) < head.fact_seq}
    if not heads:
        return refused
    histories = await events.histories(session, heads)  # read under the locks
    recorded = await queries.recorded_steps(session, list(heads))
    if now is None:
        now = await queries.now(session)
    changes = _changes(reference, heads, histories, recorded, now)
    await queries.replace(session, changes.reports, changes.rows)
    if changes.revoked:
        await queries.revoke(session, changes.revoked, now=now)
        await events.append_many(session, changes.reinstated, recorded_at=now)
    return refused | changes.refused


def _changes(
    reference: Reference,
    heads: dict[UUID, Head],
    histories: dict[UUID, list[Event]],
    recorded: dict[UUID, dict[Key, list[Recorded]]],
    now: datetime,
) -> _Changes:
    changes = _Changes()
    for report_id, head in heads.items():
        history = histories[report_id]
        try:
            policy = reference.policy_for(history[0].occurred_at, history[0].data["time_zone"])
            clocks = deadlines.clocks(history, policy, reference.calendar)
        except Exception as error:  # a history that no clock can be made of is that report's trouble alone
            changes.refused[report_id] = _refusal(report_id, error)
            continue
        changes.reports.append(report_id)
        done = recorded.get(report_id, {})
        imported = bool(history[0].data.get("imported"))
        for clock in clocks:
            standing, revoked = _sift(clock, done.get((clock.stage, clock.opened_seq), ()), now)
            row = _row(clock, standing)
            changes.rows.append(row | _common(head, policy, reference, imported))
            if revoked:
                changes.revoked += [step.id for step in revoked]
                changes.reinstated.append((head, _reinstated(clock, revoked, now)))
    return changes


def _sift(clock: Clock, recorded: Iterable[Recorded], now: datetime) -> tuple[list[Recorded], list[Recorded]]:
    """The recorded steps that stand, and those that do not any more.

    A step stands while its instant, as the ladder is now, has passed. It does not if the due instant moved and the step
    lies in the future again, or if the clock turns out to have stopped before it.
    """
    instants = {step.offset: step.at for step in clock.steps}
    standing: list[Recorded] = []
    revoked: list[Recorded] = []
    for step in recorded:
        at = instants.get(step.code)
        (standing if at is not None and at <= now else revoked).append(step)
    return standing, revoked


def _reinstated(clock: Clock, revoked: Sequence[Recorded], now: datetime) -> Draft:
    data = {
        "stage": clock.stage,
        "opened_seq": clock.opened_seq,
        "steps": sorted(step.code for step in revoked),
        "due_at": clock.due_at and clock.due_at.isoformat(),
    }
    return Draft(EventType.CLOCK_REINSTATED, now, ACTOR, data)


def _common(head: Head, policy: Policy, reference: Reference, imported: bool) -> dict[str, Any]:
    return {
        "report_id": head.report_id,
        "policy_code": policy.code,
        "calendar_id": reference.calendar_id,
        "imported": imported,
        "computed_seq": head.seq,
    }


def _row(clock: Clock, standing: Sequence[Recorded]) -> dict[str, Any]:
    taken = {step.code for step in standing}
    pending = ((number, step.at) for number, step in enumerate(clock.steps, 1) if step.offset not in taken)
    next_step, next_step_at = next(pending, (None, None))
    return {
        "stage": clock.stage,
        "opened_seq": clock.opened_seq,
        "round": clock.round,
        "agency_code": clock.agency,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "due_on": clock.due_on,
        "stopped_at": clock.stopped_at,
        "state": clock.state,
        "outcome": clock.outcome,
        "on_due": clock.on_due,
        "time_zone": clock.time_zone,
        "opened_recorded_at": clock.opened_recorded_at,
        "step_code": [step.offset for step in clock.steps],
        "step_at": [step.at for step in clock.steps],
        "step_level": [step.level for step in clock.steps],
        "step_kind": [step.kind for step in clock.steps],
        "step_recipients": [",".join(step.recipients) for step in clock.steps],
        "next_step": next_step,
        "next_step_at": next_step_at,
        "breached_at": min((step.at for step in standing if step.kind in _BREACHING), default=None),
        "level": max((step.level for step in standing), default=0),
    }


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


async def recompute_page(
    sessions: Sessions, references: References, *, after: UUID | None = None, limit: int = 500
) -> UUID | None:
    """Recompute the next reports after one, whatever their clocks know: for a new calendar or policy.

    The last of them, to go on from; None at the end. Safe to break off and to run beside everything else.
    """
    async with sessions() as session:
        page = await queries.reports_after(session, after, limit=limit)
    if not page:
        return None
    await recompute(sessions, references, page, force=True)
    return page[-1]
