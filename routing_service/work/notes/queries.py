from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Officer

_COLUMNS = (Officer.id, Officer.name, Officer.role, Officer.agency_code.label("agency"))
#: The largest offices have some dozens of officers; national ones come last.
MOST = 500


async def officers_named(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Those of these officers who are in service."""
    statement = select(*_COLUMNS).where(Officer.id.in_(ids), Officer.active.is_(True))
    return (await session.execute(statement)).all()


async def officers_of(session: AsyncSession, agencies: Collection[str]) -> Sequence[Row[Any]]:
    """Who is in service in these agencies, and for the whole country."""
    statement = (
        select(*_COLUMNS)
        .where(Officer.active.is_(True), or_(Officer.agency_code.in_(agencies), Officer.agency_code.is_(None)))
        .order_by(Officer.agency_code.is_(None), Officer.agency_code, Officer.name, Officer.id)
        .limit(MOST)
    )
    return (await session.execute(statement)).all()
