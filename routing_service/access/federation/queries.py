"""All SQL of mappings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import ClaimMapping


async def claims_of(session: AsyncSession, issuer: str) -> Sequence[str]:
    """Which claims are looked for."""
    statement = select(ClaimMapping.claim).where(ClaimMapping.issuer == issuer).distinct()
    return (await session.scalars(statement)).all()


async def accounts_of(session: AsyncSession, issuer: str, claims: Iterable[tuple[str, str]]) -> Sequence[str]:
    """The accounts that any of these claims means; by the primary key."""
    named = tuple_(ClaimMapping.claim, ClaimMapping.value).in_(list(claims))
    statement = select(ClaimMapping.account_id).where(ClaimMapping.issuer == issuer, named).distinct()
    return (await session.scalars(statement)).all()


async def listed(
    session: AsyncSession, *, issuer: str | None, account_id: str | None, after: UUID | None, limit: int
) -> Sequence[ClaimMapping]:
    """In the order of their ids."""
    statement = select(ClaimMapping).order_by(ClaimMapping.id).limit(limit)
    if issuer is not None:
        statement = statement.where(ClaimMapping.issuer == issuer)
    if account_id is not None:
        statement = statement.where(ClaimMapping.account_id == account_id)
    if after is not None:
        statement = statement.where(ClaimMapping.id > after)
    return (await session.scalars(statement)).all()


async def mapping(session: AsyncSession, mapping_id: UUID) -> ClaimMapping | None:
    return (await session.scalars(select(ClaimMapping).where(ClaimMapping.id == mapping_id))).one_or_none()


async def add_mapping(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the claim means somebody already. Two at once take turns."""
    statement = insert(ClaimMapping).values(**values).on_conflict_do_nothing().returning(ClaimMapping.id)
    return await session.scalar(statement) is not None


async def end_mapping(session: AsyncSession, mapping_id: UUID) -> str | None:
    """The account that it meant; None: there is no such mapping."""
    statement = delete(ClaimMapping).where(ClaimMapping.id == mapping_id).returning(ClaimMapping.account_id)
    account_id: str | None = await session.scalar(statement)
    return account_id
