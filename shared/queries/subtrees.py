"""An agency, what lies below it, and the instansi that it is of."""

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


_INSTANSI = text(
    """
    WITH RECURSIVE above AS (
        SELECT code, parent_code FROM agencies WHERE code = :code
        UNION
        SELECT a.code, a.parent_code FROM agencies a JOIN above b ON a.code = b.parent_code
    ) SELECT code FROM above WHERE parent_code IS NULL
    """
)


async def instansi_of(session: AsyncSession, code: str) -> str | None:
    """The topmost agency above one, or itself; None if there is no such agency."""
    found: str | None = await session.scalar(_INSTANSI, {"code": code})
    return found
