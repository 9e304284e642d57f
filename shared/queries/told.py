"""What reporters were told of, and why not: for themselves, and for those who work on the report. Codes alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.newer import code
from shared.domain.news import NewsChannel, NewsKind, NewsState, Untold
from shared.schema import ReporterNotification


@dataclass(frozen=True, slots=True)
class Told:
    """News of one event. `at`: when it was settled; None: it is still to be told."""

    kind: NewsKind
    state: NewsState
    channel: NewsChannel | None
    reason: Untold | None
    at: datetime | None


#: By event.
ToldOf = Mapping[UUID, Sequence[Told]]


_COLUMNS = (
    ReporterNotification.event_id, ReporterNotification.kind, ReporterNotification.state, ReporterNotification.channel,
    ReporterNotification.reason, ReporterNotification.settled_at,
)  # fmt: skip


async def told_of(session: AsyncSession, report_id: UUID, event_ids: Collection[UUID]) -> ToldOf:
    """What the reporter of a report was told of these events, by the unique index that begins with the report."""
    table = ReporterNotification
    of_events = table.report_id == report_id, table.event_id.in_(list(event_ids))
    statement = select(*_COLUMNS).where(*of_events).order_by(table.created_at, table.kind)
    found: dict[UUID, list[Told]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.event_id, []).append(_told(row))
    return found


async def newest_told(session: AsyncSession, report_id: UUID, *, limit: int) -> list[Told]:
    """What the reporter was told last, of whatever event: also of those that no timeline shows. The newest first."""
    table = ReporterNotification
    statement = select(*_COLUMNS).where(table.report_id == report_id, table.state != NewsState.PENDING)
    rows = await session.execute(statement.order_by(table.settled_at.desc(), table.id.desc()).limit(limit))
    return [_told(row) for row in rows]


def _told(row: Row[Any]) -> Told:
    why = None if row.reason is None else code(Untold, row.reason)
    return Told(row.kind, row.state, row.channel, why, row.settled_at)
