from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Report


async def change_code(session: AsyncSession, report_id: UUID, access_code_hash: bytes) -> None:
    """From now on this code opens the report, and no other. The chain of the report is locked."""
    await session.execute(update(Report).where(Report.id == report_id).values(access_code_hash=access_code_hash))
