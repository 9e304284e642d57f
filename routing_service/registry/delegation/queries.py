from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Scope

# UNION ends a loop in the data.
_FORGET_NAMED = text(
    """
    WITH RECURSIVE below AS (
        SELECT code FROM agencies WHERE code = ANY(CAST(:codes AS text[]))
        UNION
        SELECT a.code FROM agencies a JOIN below b ON a.parent_code = b.code
    )
    UPDATE accounts SET scopes = array_remove(scopes, :scope)
    FROM officers o
    WHERE o.id = accounts.officer_id AND o.agency_code IN (SELECT code FROM below) AND :scope = ANY(accounts.scopes)
    """
)


async def forget_named(session: AsyncSession, codes: Iterable[str]) -> None:
    """The officers of these agencies, and of all below them, look after no part of the registry any more."""
    await session.execute(_FORGET_NAMED, {"codes": sorted(codes), "scope": Scope.MANAGE.value})
