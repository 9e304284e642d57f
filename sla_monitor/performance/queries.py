"""SQL of the agencies whose figures everybody sees."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Agency

# UNION ends a loop in the data.
_ABOVE = text(
    """
    WITH RECURSIVE above AS (
        SELECT code, parent_code, 0 AS steps FROM agencies WHERE code = :code
        UNION
        SELECT a.code, a.parent_code, b.steps + 1 FROM agencies a JOIN above b ON a.code = b.parent_code
    ) SELECT code FROM above WHERE steps > 0 ORDER BY steps DESC
    """
)


async def all_agencies(session: AsyncSession) -> Sequence[Row[Any]]:
    """Code, parent, name, place and kind of each, in the order of their names."""
    columns = (Agency.code, Agency.parent_code, Agency.name, Agency.region_code)
    return (await session.execute(select(*columns).order_by(Agency.name, Agency.code))).all()


async def codes_above(session: AsyncSession, code: str) -> Sequence[str]:
    """The agencies that one belongs to, the topmost first."""
    return (await session.scalars(_ABOVE, {"code": code})).all()
