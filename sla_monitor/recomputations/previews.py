"""What a change of the rules would move, by the code that would move it; report by report, so in bounded memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import Lateness
from shared.log import events
from shared.log.events import Event
from sla_monitor import deadlines
from sla_monitor.recomputations import queries
from sla_monitor.recomputations.schemas import MovedClock, Preview
from sla_monitor.recomputations.selection import Selection
from sla_monitor.recompute import queries as clocks
from sla_monitor.recompute.moves import Before, Move, moves
from sla_monitor.recompute.service import Migration, policy_under
from sla_monitor.reference.service import Reference

BATCH = 500


@dataclass(slots=True)
class _Counts:
    reports: int = 0
    moved: int = 0
    later: int = 0
    earlier: int = 0
    become_late: int = 0
    cease_to_be_late: int = 0
    refused: int = 0
    listed: list[tuple[UUID, Move]] = field(default_factory=list)

    def take(self, report_id: UUID, move: Move, *, now: datetime, limit: int) -> None:
        self.moved += 1
        if move.old_due_at is not None and move.new_due_at is not None:
            self.later += move.new_due_at > move.old_due_at
            self.earlier += move.new_due_at < move.old_due_at
        becomes = move.becomes(now)
        self.become_late += becomes is Lateness.LATE
        self.cease_to_be_late += becomes is Lateness.IN_TIME
        if len(self.listed) < limit:
            self.listed.append((report_id, move))


async def preview_moves(
    session: AsyncSession, reference: Reference, selection: Selection, *, now: datetime, limit: int,
    migration: Migration | None = None, published_only: bool = False, most: int | None = None,
) -> Preview:  # fmt: skip
    """What would move if the clocks of the selected reports were computed by this reference. Locks nothing.

    `most`: no more reports than these are looked at, the first by their ids, which are the oldest.
    `published_only`: for who may know of no other report; they are left out before anything is counted.
    """
    counts = _Counts()
    after: UUID | None = None
    while (room := BATCH if most is None else min(BATCH, most - counts.reports)) and (
        page := await queries.open_reports(session, selection, after=after, limit=room, published_only=published_only)
    ):
        after = page[-1]
        stored = await clocks.stored_clocks(session, page)
        histories = await events.histories(session, page)
        counts.reports += len(page)
        for report_id in page:
            for move in _moves(reference, histories[report_id], stored[report_id], migration, counts):
                counts.take(report_id, move, now=now, limit=limit)
    numbers = await queries.tracking_numbers(session, [report_id for report_id, _ in counts.listed])
    return _answer(counts, numbers, now)


def _moves(
    reference: Reference, history: Sequence[Event], stored: Sequence[Before], migration: Migration | None,
    counts: _Counts,
) -> Iterator[Move]:  # fmt: skip
    try:
        policy = policy_under(reference, history, migration)
        computed = deadlines.clocks(history, policy, reference.calendar, local_limits=reference.local_limits)
        yield from moves(history, stored, computed, policy, reference)
    except Exception:  # as a recomputation counts it
        counts.refused += 1


def _answer(counts: _Counts, numbers: Mapping[UUID, str], now: datetime) -> Preview:
    return Preview(
        as_of=now,
        reports_examined=counts.reports,
        moved=counts.moved,
        later=counts.later,
        earlier=counts.earlier,
        become_late=counts.become_late,
        cease_to_be_late=counts.cease_to_be_late,
        refused=counts.refused,
        items=[_item(report_id, numbers[report_id], move, now) for report_id, move in counts.listed],
        truncated=counts.moved > len(counts.listed),
    )


def _item(report_id: UUID, tracking_number: str, move: Move, now: datetime) -> MovedClock:
    days = None
    if move.old_due_at is not None and move.new_due_at is not None:
        days = (move.new_due_at - move.old_due_at).days
    return MovedClock.model_validate(
        {**move._asdict(), "report_id": report_id, "tracking_number": tracking_number, "days": days,
         "becomes": move.becomes(now)}
    )  # fmt: skip
