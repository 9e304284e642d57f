from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.work.chores.tasks import LONG_CHARACTERS, Task
from shared.log.events import EventType
from shared.log.inbox import CloudEvent

_SET = text(
    f"""
    WITH announced AS (
        SELECT e.id, e.report_id FROM unnest(
            CAST(:ids AS uuid[]), CAST(:report_ids AS uuid[]), CAST(:seqs AS int[])
        ) AS a (id, report_id, seq) JOIN events e USING (id, report_id, seq)
    ), noted AS (
        INSERT INTO chores (report_id, task, is_long)
        SELECT r.id, t.task, length(r.title) + length(r.body) > {LONG_CHARACTERS}
        FROM announced a JOIN events e ON e.id = a.id AND e.type = '{EventType.REPORT_RECEIVED.value}'
             JOIN reports r ON r.id = a.report_id
             CROSS JOIN (VALUES ('{Task.DECISION.value}'), ('{Task.TEXT.value}')) AS t (task)
        WHERE CASE t.task
            WHEN '{Task.TEXT.value}' THEN NOT EXISTS (SELECT FROM public_texts p WHERE p.report_id = r.id)
            ELSE NOT EXISTS (SELECT FROM routing_decisions d WHERE d.report_id = r.id AND d.event_id = a.id)
        END
        ORDER BY r.id, t.task
        ON CONFLICT DO NOTHING
    )
    SELECT id FROM announced
    """
)


async def set_for(session: AsyncSession, received: Sequence[CloudEvent]) -> set[UUID]:
    """Note what is still to be done about new reports, once each; which of the events are in the log."""
    parameters = {
        "ids": [event.id for event in received],
        "report_ids": [event.data.report_id for event in received],
        "seqs": [event.data.seq for event in received],
    }
    return set((await session.scalars(_SET, parameters)).all())


# The lock ends with the transaction, and only workers ask for it: unlike a locked row it costs no transaction id, so
# that the feed, which waits for the oldest of them, does not wait for a text that is being read. One statement says all
# that a turn wants to know: a worker that is woken for each report asks often.
_CLAIM = text(
    """
    SELECT ARRAY(
        SELECT c.report_id FROM (
            SELECT report_id FROM chores WHERE task = :task AND is_long = :is_long AND next_attempt_at <= now()
            ORDER BY next_attempt_at, report_id LIMIT 20 * :limit
        ) c WHERE pg_try_advisory_xact_lock(hashtextextended(:task || c.report_id::text, 2270)) LIMIT :limit
    ) AS report_ids, EXISTS (
        SELECT FROM chores WHERE task = :task AND is_long AND next_attempt_at <= now()
    ) AS long_waits, set_config('idle_in_transaction_session_timeout', :idle, true)
    """
)
_DONE = text("DELETE FROM chores WHERE task = :task AND report_id = ANY(CAST(:report_ids AS uuid[]))")
_POSTPONE = text(
    """
    UPDATE chores SET attempts = least(attempts + 1, 100),
           next_attempt_at = now() + make_interval(secs => least(0.5 * 3 ^ least(attempts, 10), :longest))
    WHERE task = :task AND report_id = ANY(CAST(:report_ids AS uuid[]))
    """
)
_ATTEMPTS = text("SELECT attempts FROM chores WHERE task = :task AND report_id = :report_id")
_WAITING = text(
    """
    SELECT task, count(*) AS depth, count(*) FILTER (WHERE attempts > 2) AS failing,
           extract(epoch FROM now() - min(created_at))::float8 AS age FROM chores GROUP BY task
    """
)


@dataclass(frozen=True, slots=True)
class ClaimedReports:
    report_ids: Sequence[UUID]
    long_waits: bool  #: a long report is due, for us or for another worker


async def claim_chores(
    session: AsyncSession, task: Task, *, is_long: bool, limit: int, idle_seconds: int
) -> ClaimedReports:
    """Reports whose turn it is, oldest first, until this transaction ends; what others have claimed is passed over.

    Along `chores_due_idx`. What another worker has finished in this very moment may come again: doing it twice stores
    it once. The server ends the transaction, and so frees them, when nothing comes from us for `idle_seconds`.
    """
    parameters = {"task": task.value, "is_long": is_long, "limit": limit, "idle": f"{idle_seconds}s"}
    row = (await session.execute(_CLAIM, parameters)).one()
    return ClaimedReports(row.report_ids, row.long_waits)


async def finish(session: AsyncSession, task: Task, report_ids: Iterable[UUID]) -> None:
    await session.execute(_DONE, {"task": task.value, "report_ids": sorted(report_ids)})


async def postpone(session: AsyncSession, task: Task, report_ids: Iterable[UUID], *, longest_seconds: float) -> None:
    """Count an attempt, and wait three times as long as before it."""
    parameters = {"task": task.value, "report_ids": sorted(report_ids), "longest": longest_seconds}
    await session.execute(_POSTPONE, parameters)


async def attempts(session: AsyncSession, task: Task, report_id: UUID) -> int:
    return int(await session.scalar(_ATTEMPTS, {"task": task.value, "report_id": report_id}) or 0)


async def waiting(session: AsyncSession) -> dict[Task, tuple[int, int, float]]:
    """For each task: how many reports wait, how many of them failed three times, the age of the oldest in seconds."""
    return {Task(row.task): (row.depth, row.failing, row.age) for row in await session.execute(_WAITING)}
