from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Report


async def report_by_id(session: AsyncSession, report_id: UUID) -> Report | None:
    return (await session.scalars(select(Report).where(Report.id == report_id))).one_or_none()


# A report of a mail that came back may come twice, or late: what was told otherwise since stays as it is.
_CAME_BACK = text(
    """
    UPDATE reporter_notifications n
    SET state = 'not_told', reason = 'bounced', last_error = :status, settled_at = :now
    FROM reports r WHERE r.id = n.report_id AND n.message_id = :message_id AND n.state = 'told'
    RETURNING r.reporter_id
    """
)


async def came_back(session: AsyncSession, message_id: UUID, *, status: str, now: datetime) -> Sequence[UUID | None]:
    """Nobody was told by this message; whose address it was sent to, for each news of it."""
    return (await session.scalars(_CAME_BACK, {"message_id": message_id, "status": status, "now": now})).all()


# It may be reported before we have settled it as told; what settles it then finds it settled.
_DID_NOT_ARRIVE = text(
    """
    UPDATE reporter_notifications SET state = 'not_told', reason = 'bounced', last_error = :status, settled_at = :now
    WHERE message_id = :message_id AND state IN ('told', 'pending')
    """
)


async def did_not_arrive(session: AsyncSession, message_id: UUID, *, status: str, now: datetime) -> None:
    """Nobody was told by a text message whose gateway says so; it is not sent again, and no number is stopped."""
    await session.execute(_DID_NOT_ARRIVE, {"message_id": message_id, "status": status, "now": now})
