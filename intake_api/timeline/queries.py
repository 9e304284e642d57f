from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.messages import OFFICIAL
from shared.http.talks import Talk
from shared.schema import Clock, Message


def official_talk(report_ids: Collection[UUID]) -> Talk:
    """What everybody reads of it: official answers, with the people in them masked."""
    return Talk([and_(Message.report_id.in_(report_ids), Message.kind.in_(sorted(OFFICIAL)))], Message.public_body)


async def clocks(session: AsyncSession, report_id: UUID) -> Sequence[Clock]:
    statement = (
        select(Clock)
        .where(Clock.report_id == report_id, Clock.state != "cancelled")
        .order_by(Clock.opened_seq, Clock.stage)
    )
    return (await session.scalars(statement)).all()
