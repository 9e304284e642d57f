"""Counts every report anew from the log, batch by batch: after an upgrade, or to be sure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.log import events
from sla_monitor import deadlines
from sla_monitor.counting import queries
from sla_monitor.counting.keeping import Counted, not_counted
from sla_monitor.reference.service import References

BATCH = 500


class Rebuilt(NamedTuple):
    reports: int
    refused: int


async def rebuild(
    sessions: Sessions, references: References, *, after: UUID | None = None, batch: int = BATCH,
    tell: Callable[[int, int, UUID | None], None] = lambda done, total, last: None,
) -> Rebuilt:  # fmt: skip
    """Every batch is a transaction under the locks of its reports, so that the monitors may go on meanwhile.

    `after`: the last report of a run that was broken off. `tell` gets what is done, of how many, and the last report.
    """
    async with sessions() as session:
        total = await queries.count_reports(session, after)
    done = refused = 0
    tell(done, total, after)
    while True:
        async with sessions.begin() as session:
            page = await queries.reports_after(session, after, limit=batch)
            if page:
                refused += await _take(session, references, page)
        if not page:
            return Rebuilt(done, refused)
        done, after = done + len(page), page[-1]
        tell(done, max(total, done), after)


async def _take(session: AsyncSession, references: References, page: Sequence[UUID]) -> int:
    await events.lock_heads(session, page)
    histories = await events.histories(session, page)  # read under the locks
    reference = await references.current(session)
    counted, refused = Counted(), 0
    for report_id, history in histories.items():
        try:
            policy = reference.policy_of(history)
            clocks = deadlines.clocks(history, policy, reference.calendar, local_limits=reference.local_limits)
        except Exception as error:  # one history that no clock can be made of holds up no other
            not_counted(report_id, error)
            refused += 1
            continue
        refused += not counted.take(report_id, history, clocks, policy, reference)
    return refused + await counted.keep(session)
