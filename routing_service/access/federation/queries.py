"""All SQL of mappings."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, tuple_
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
