from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

# A survivor may be merged itself; `depth` ends a loop in the data.
_TRAILS = text(
    """
    WITH RECURSIVE trail AS (
        SELECT id AS start, merged_into AS id, merged_at AS since, 1 AS depth FROM reports
        WHERE id = ANY(CAST(:ids AS uuid[])) AND merged_into IS NOT NULL
        UNION ALL
        SELECT t.start, r.merged_into, greatest(r.merged_at, t.since), t.depth + 1
        FROM trail t JOIN reports r ON r.id = t.id WHERE r.merged_into IS NOT NULL AND t.depth < 100
    )
    SELECT t.start, t.id, t.since, r.tracking_number, r.status, r.secret, r.agency_code, r.published_at
    FROM trail t JOIN reports r ON r.id = t.id ORDER BY t.start, t.depth
    """
)


async def trails(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, list[Row[Any]]]:
    """For each report that is merged: the reports that it follows, the one that is worked on last."""
    found: dict[UUID, list[Row[Any]]] = {}
    for row in await session.execute(_TRAILS, {"ids": list(report_ids)}):
        found.setdefault(row.start, []).append(row)
    return found
