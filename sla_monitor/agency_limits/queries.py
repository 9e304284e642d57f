"""SQL of local limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Agency, AgencyLimit


async def agency_exists(session: AsyncSession, code: str) -> bool:
    return await session.scalar(select(Agency.code).where(Agency.code == code)) is not None


async def of_agency(session: AsyncSession, code: str) -> Sequence[AgencyLimit]:
    statement = select(AgencyLimit).where(AgencyLimit.agency_code == code).order_by(AgencyLimit.stage)
    return (await session.scalars(statement)).all()


async def everywhere(session: AsyncSession) -> Sequence[AgencyLimit]:
    return (await session.scalars(select(AgencyLimit).order_by(AgencyLimit.agency_code, AgencyLimit.stage))).all()


async def lock_days(session: AsyncSession, code: str, stage: str) -> int | None:
    """As it is now, locked: of two changes at once the second sees what the first has made of it."""
    statement = select(AgencyLimit.days).where(AgencyLimit.agency_code == code, AgencyLimit.stage == stage)
    found: int | None = await session.scalar(statement.with_for_update(key_share=True))
    return found


async def put(session: AsyncSession, row: Mapping[str, Any]) -> AgencyLimit:
    statement = upsert(AgencyLimit).values(**row)
    changes = {name: statement.excluded[name] for name in row if name not in ("agency_code", "stage")}
    statement = statement.on_conflict_do_update(
        index_elements=[AgencyLimit.agency_code, AgencyLimit.stage], set_=changes
    )
    returning = statement.returning(AgencyLimit)
    return (await session.scalars(returning, execution_options={"populate_existing": True})).one()


async def remove(session: AsyncSession, code: str, stage: str) -> None:
    await session.execute(delete(AgencyLimit).where(AgencyLimit.agency_code == code, AgencyLimit.stage == stage))
