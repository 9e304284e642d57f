from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import ClockState
from shared.domain.messages import OFFICIAL
from shared.log.parts import SHOWN
from shared.queries.talks import Talk
from shared.schema import Clock, Message


def official_talk(report_ids: Collection[UUID]) -> Talk:
    """What everybody reads of it: official answers, with the people in them masked."""
    return Talk([and_(Message.report_id.in_(report_ids), Message.kind.in_(sorted(OFFICIAL)))], Message.public_body)


async def clocks(
    session: AsyncSession, report_id: UUID, *, before: tuple[int, str] | None = None, limit: int = SHOWN,
    since: datetime | None = None,
) -> Sequence[Clock]:  # fmt: skip
    """Those opened last first, by the primary key. `since`: that started then at the earliest."""
    statement = select(Clock).where(_told(report_id))
    if before is not None:
        statement = statement.where(tuple_(Clock.opened_seq, Clock.stage) < before)
    if since is not None:
        statement = statement.where(Clock.started_at >= since)
    statement = statement.order_by(Clock.opened_seq.desc(), Clock.stage.desc()).limit(limit)
    return (await session.scalars(statement)).all()


async def count_clocks(session: AsyncSession, report_id: UUID) -> int:
    return await session.scalar(select(func.count()).select_from(Clock).where(_told(report_id))) or 0


def _told(report_id: UUID) -> ColumnElement[bool]:
    return and_(Clock.report_id == report_id, Clock.state != ClockState.CANCELLED)
