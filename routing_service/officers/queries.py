from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.officers import OfficerRole
from shared.schema import Officer

_COLUMNS = (
    Officer.id,
    Officer.agency_code.label("agency"),
    Officer.role,
    Officer.name,
    Officer.email,
    Officer.language,
    Officer.active,
    Officer.created_at,
)


async def officer(session: AsyncSession, officer_id: UUID) -> Row[Any] | None:
    return (await session.execute(select(*_COLUMNS).where(Officer.id == officer_id))).one_or_none()


async def officers(
    session: AsyncSession,
    agency: str | None,
    *,
    role: OfficerRole | None,
    active: bool | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Those of one agency, or the national ones, in the order in which they were registered."""
    order = (Officer.created_at, Officer.id)
    statement = select(*_COLUMNS).where(Officer.agency_code.is_not_distinct_from(agency)).order_by(*order).limit(limit)
    if role is not None:
        statement = statement.where(Officer.role == role)
    if active is not None:
        statement = statement.where(Officer.active == active)
    if after is not None:
        statement = statement.where(tuple_(*order) > after)
    return (await session.execute(statement)).all()


async def add(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the address is there in this role already. ON CONFLICT, so that two requests at once add one officer."""
    statement = insert(Officer).values(**values).on_conflict_do_nothing().returning(Officer.id)
    return await session.scalar(statement) is not None


async def change(session: AsyncSession, officer_id: UUID, values: Mapping[str, Any]) -> bool:
    """False: somebody else of the agency has the address in this role."""
    try:
        async with session.begin_nested():
            await session.execute(update(Officer).where(Officer.id == officer_id).values(**values))
    except IntegrityError:
        return False
    return True
