from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Evidence, StoredFile


async def find_own(session: AsyncSession, report_id: UUID, evidence_id: UUID) -> tuple[Evidence, StoredFile] | None:
    """What a reporter added, with its original; None: there is none, or it was erased."""
    by_reporter = or_(Evidence.added_by == "reporter", Evidence.added_by.like("reporter:%"))
    statement = (
        select(Evidence, StoredFile)
        .join(StoredFile, StoredFile.digest == Evidence.file_digest)
        .where(Evidence.id == evidence_id, Evidence.report_id == report_id, by_reporter)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def store_taken(session: AsyncSession, evidence_id: UUID, values: Mapping[str, Any]) -> None:
    """The chain of the report is locked."""
    await session.execute(update(Evidence).where(Evidence.id == evidence_id).values(values))
