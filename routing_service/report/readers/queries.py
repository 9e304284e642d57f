from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Report, ReportRead


async def reads(session: AsyncSession, report_id: UUID, *, after: int | None, limit: int) -> Sequence[ReportRead]:
    """Those of a report, the newest first; by its index on report and id."""
    statement = select(ReportRead).where(ReportRead.report_id == report_id).order_by(ReportRead.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(ReportRead.id < after)
    return (await session.scalars(statement)).all()


async def forget(session: AsyncSession, *, before: datetime) -> None:
    await session.execute(delete(ReportRead).where(ReportRead.read_at < before))


async def report_id_of(session: AsyncSession, reference: str) -> UUID | None:
    """Of an id or a tracking number."""
    try:
        named = Report.id == UUID(reference)
    except ValueError:
        named = Report.tracking_number == reference
    found: UUID | None = await session.scalar(select(Report.id).where(named))
    return found
