from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.paging import PublicPosition
from shared.queries.agency_names import name_at
from shared.queries.supports import SUPPORTS
from shared.schema import Agency, PublicText, Report, Support


async def add_support(session: AsyncSession, report_id: UUID, supporter: bytes, *, at: datetime) -> None:
    """Once for each person and report, however often and by however many at once it is sent."""
    row = {"report_id": report_id, "supporter_hash": supporter, "supported_at": at}
    await session.execute(insert(Support).values(row).on_conflict_do_nothing())


async def remove(session: AsyncSession, report_id: UUID, supporter: bytes) -> None:
    await session.execute(delete(Support).where(Support.report_id == report_id, Support.supporter_hash == supporter))


async def count_supports(session: AsyncSession, report_id: UUID) -> int:
    """With those of what is merged into it."""
    return await session.scalar(select(func.supports_of(report_id))) or 0


async def supported_at(session: AsyncSession, report_id: UUID, supporter: bytes) -> datetime | None:
    found: datetime | None = await session.scalar(
        select(Support.supported_at).where(Support.report_id == report_id, Support.supporter_hash == supporter)
    )
    return found


async def of_supporter(
    session: AsyncSession, supporter: bytes, *, before: PublicPosition | None, limit: int
) -> Sequence[Row[Any]]:
    """What somebody supports, latest first; a report that has become secret is not there any more."""
    statement = (
        select(
            Report, Support.supported_at, PublicText.title.label("public_title"),
            name_at(Report.received_at).label("agency_name"), SUPPORTS,
        )
        .join(Report, Report.id == Support.report_id)
        .join(PublicText, PublicText.report_id == Report.id, isouter=True)
        .join(Agency, Agency.code == Report.agency_code, isouter=True)
        .where(Support.supporter_hash == supporter, Report.secret.is_(False))
        .order_by(Support.supported_at.desc(), Report.tracking_number.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        statement = statement.where(tuple_(Support.supported_at, Report.tracking_number) < before)
    return (await session.execute(statement)).all()
