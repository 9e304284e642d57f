"""An agency and what lies below it."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# UNION ends a loop in the data.
_SUBTREE = text(
    """
    WITH RECURSIVE below AS (
        SELECT code FROM agencies WHERE code = :code
        UNION
        SELECT a.code FROM agencies a JOIN below b ON a.parent_code = b.code
    ) SELECT code FROM below
    """
)


async def subtree(session: AsyncSession, code: str) -> Sequence[str]:
    """An agency and all below it, by the index on parent_code; empty if there is no such agency."""
    return (await session.scalars(_SUBTREE, {"code": code})).all()
